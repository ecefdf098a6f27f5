import type { EditedContent, EditOptions, FileBackend, FileInfo, UpdateOptions } from '@f9/core';
import { type BackendDriver, type DriverChanges, isDirectory, type WriteOptions } from '@f9/core/driver';
import { memoryHarness } from '../variants.ts';
import { backendFault, type Fault, fault } from './fault.ts';

type Change = (bytes: Uint8Array) => EditedContent | Promise<EditedContent>;
type Edit = (path: string, change: Change, options?: EditOptions) => Promise<FileInfo>;

/** A backend that edits in its own way, made of how it would edit. */
function editing(
  name: string,
  caughtBy: Fault['caughtBy'],
  says: RegExp,
  make: (edit: Edit, vault: FileBackend) => Edit,
): Fault {
  return backendFault(name, caughtBy, says, (inner) =>
    Object.assign(inner, { edit: make(inner.edit.bind(inner), inner) }),
  );
}

/** A backend that takes what it is told in its own way. */
function hearing<M extends 'create' | 'update' | 'read' | 'info'>(
  name: string,
  caughtBy: Fault['caughtBy'],
  says: RegExp,
  method: M,
  heard: (options: Record<string, unknown>) => Record<string, unknown>,
): Fault {
  return backendFault(name, caughtBy, says, (inner) => {
    const call = inner[method];
    const hears = (path: string, given: object): unknown =>
      Reflect.apply(call, inner, [path, heard({ ...given })]);
    return Object.assign(inner, { [method]: hears });
  });
}

function withoutCondition(driver: BackendDriver): DriverChanges {
  return {
    write: (path, source, { ifMatch: _, ...options }: WriteOptions) => driver.write(path, source, options),
  };
}

export const edits: readonly Fault[] = [
  fault(
    'writes what it edited over what was written meanwhile',
    'edit.foreign',
    /deep.*equal/i,
    withoutCondition,
  ),
  fault(
    'writes what it edited over the version that it was to keep to',
    'edit.if-match',
    /PRECONDITION_FAILED was expected/,
    withoutCondition,
  ),
  editing(
    'gives up at the first foreign write',
    'edit.foreign',
    /BUSY|PRECONDITION_FAILED/,
    (_, vault) => async (path, change) => {
      const { etag } = await vault.info(path);
      const edited = await change(await vault.read(path));
      return await vault.update(path, { data: edited ?? '', ifMatch: etag! });
    },
  ),
  editing(
    'lets edits of one file run beside each other',
    'edit.concurrent',
    /BUSY|strictly|equal|!==/i,
    (_, vault) => async (path, change) => {
      const edited = await change(await vault.read(path));
      return await vault.create(path, { data: edited ?? '', overwrite: true });
    },
  ),
  editing(
    'keeps on trying where it was to keep to a version',
    'edit.if-match',
    /PRECONDITION_FAILED was expected/,
    (edit) => (path, change) => edit(path, change),
  ),
  editing(
    'makes what is not there',
    'edit.missing',
    /NOT_FOUND was expected/,
    (edit, vault) => async (path, change, options) => {
      if (!(await vault.exists(path))) await vault.create(path);
      return await edit(path, change, options);
    },
  ),
  editing(
    'writes although nothing changed',
    'edit.changes',
    /strictly|equal|!==/i,
    (edit) => (path, change, options) => edit(path, async (bytes) => (await change(bytes)) ?? bytes, options),
  ),
  editing(
    'says in its own words what change threw',
    'edit.throws',
    /TypeError|equal/i,
    (edit) => (path, change, options) =>
      edit(path, change, options).catch((error: unknown) => {
        throw error instanceof TypeError ? new Error(`The edit failed: ${error.message}`) : error;
      }),
  ),
  editing(
    'writes whatever change gives',
    'edit.arguments',
    /INVALID_ARGUMENT was expected/,
    (edit) => (path, change, options) =>
      edit(
        path,
        typeof change === 'function' ? async (bytes) => String((await change(bytes)) ?? '') : change,
        options,
      ),
  ),
  {
    name: 'edits without telling versions apart',
    caughtBy: 'edit.unsupported',
    says: /UNSUPPORTED was expected/,
    harness: memoryHarness('no etags', (inner) => {
      const { read, create } = { read: inner.read.bind(inner), create: inner.create.bind(inner) };
      const edit: Edit = async (path, change) =>
        await create(path, { data: (await change(await read(path))) ?? '', overwrite: true });
      const capabilities = { ...inner.capabilities, ifMatch: false };
      return Object.defineProperty(Object.assign(inner, { edit }), 'capabilities', { value: capabilities });
    }),
  },
  backendFault(
    'looks whether a file is there before it appends',
    'append.creates',
    /deep.*equal|ALREADY_EXISTS/i,
    (inner) => {
      const update = inner.update.bind(inner);
      return Object.assign(inner, {
        update: async (path: string, options: UpdateOptions) => {
          if (options?.create !== true || options.append !== true) return await update(path, options);
          const { data } = options;
          if (await inner.exists(path)) return await update(path, { data, append: true });
          return await inner.create(path, { data, overwrite: true });
        },
      });
    },
  ),
  backendFault(
    'makes a directory of every file that is appended to',
    'append.creates',
    /IS_DIRECTORY was expected/,
    (inner) => {
      const update = inner.update.bind(inner);
      return Object.assign(inner, {
        update: async (path: string, options: UpdateOptions) => {
          const isDir = await inner.info(path).then(
            (info) => info.isDir,
            () => false,
          );
          return await update(isDir ? `${path}/file` : path, options);
        },
      });
    },
  ),
  hearing(
    'makes files by update',
    'append.create-arguments',
    /INVALID_ARGUMENT was expected/,
    'update',
    ({ create, ...rest }) => ({
      ...rest,
      ...(create === true && { append: true, create }),
    }),
  ),
];

export const options: readonly Fault[] = [
  hearing(
    'does not know a name and says nothing',
    'options.unknown',
    /INVALID_ARGUMENT was expected/,
    'update',
    ({ ifmatch: _, ...rest }) => rest,
  ),
  hearing(
    'takes no protection for none',
    'options.protection',
    /INVALID_ARGUMENT was expected/,
    'create',
    (given) => Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)),
  ),
  hearing(
    'reads as ever where options are none',
    'options.wrong-type',
    /INVALID_ARGUMENT was expected/,
    'read',
    ({ binary, version }) => ({
      ...(binary === undefined ? {} : { binary }),
      ...(version === undefined ? {} : { version }),
    }),
  ),
  backendFault(
    'refuses the root as it shows it',
    'paths.shown',
    /IS_DIRECTORY|INVALID_PATH|empty/,
    (inner) => {
      const info = inner.info.bind(inner);
      return Object.assign(inner, {
        info: async (path: string, given?: object) => {
          if (path === '') throw isDirectory('/', 'be asked about as an empty path');
          return await info(path, given);
        },
      });
    },
  ),
];
