import type { ConformanceStore } from '@f9/conformance';
import type { FileBackend, FileInfo, VaultChange } from '@f9/core';
import { type BackendPath, backendOf, layer, ROOT } from '@f9/core/driver';
import { wholeHarness } from '../whole-memory.ts';
import { backendFault, type Fault, fault, wholeFault } from './fault.ts';

/** A driver that watches by itself, and tells in its own way what there is to tell. */
function watching(
  name: string,
  caughtBy: Fault['caughtBy'],
  says: RegExp,
  tell: (changes: AsyncIterable<VaultChange>, path: BackendPath) => AsyncIterable<VaultChange>,
  everywhere = false,
): Fault {
  return fault(name, caughtBy, says, (driver) => ({
    capabilities: { ...driver.capabilities, watch: 'native' },
    watch: (path, { session: _, ...options }) => {
      const vault = backendOf(layer(driver, {}));
      return tell(vault.watch(everywhere ? '/' : `/${path}`, { ...options, interval: 2 }), path);
    },
  }));
}

async function* some<T>(items: AsyncIterable<T>, isTold: (item: T) => boolean): AsyncGenerator<T> {
  for await (const item of items) if (isTold(item)) yield item;
}

let open = 0;

export const telling: readonly Fault[] = [
  wholeFault('tells the oldest version first', 'versions.told', /deep.*equal/i, (driver) => ({
    history: async function* (path, options) {
      const versions = await Array.fromAsync(driver.history!(path, { ...options, limit: undefined }));
      yield* versions.reverse().slice(0, options.limit);
    },
  })),
  wholeFault('forgets the history of what is gone', 'versions.told', /deep.*equal/i, (driver) => ({
    history: async function* (path, options) {
      if ((await driver.stat(path, {})) !== undefined) yield* driver.history!(path, options);
    },
  })),
  wholeFault('tells all versions, however many are asked for', 'versions.told', /deep.*equal/i, (driver) => ({
    history: (path, options) => driver.history!(path, { ...options, limit: undefined }),
  })),
  wholeFault(
    'reads the present whatever version is asked for',
    'versions.read',
    /instead of|NOT_FOUND|nothing at/,
    (driver) => ({
      readFile: (path, { version: _, ...options }) => driver.readFile!(path, options),
    }),
  ),
  wholeFault(
    'reads a version whole where a part is asked for',
    'versions.read',
    /A range of version/,
    (driver) => ({
      readFile: (path, options) =>
        driver.readFile!(path, options.version === undefined ? options : { version: options.version }),
    }),
  ),
  wholeFault(
    'restores over what was written meanwhile',
    'versions.restored',
    /PRECONDITION_FAILED was expected/,
    (driver) => ({
      write: (path, source, { ifMatch: _, ...options }) => driver.write(path, source, options),
    }),
  ),
  restoring(),
  wholeFault(
    'takes any name for the last version',
    'versions.arguments',
    /NOT_FOUND was expected|but it succeeded/,
    (driver) => ({
      readFile: async (path, { version, ...options }) =>
        await driver.readFile!(path, version === undefined ? options : { ...options, version }).catch(
          async () => await driver.readFile!(path, options),
        ),
    }),
  ),
  backendFault(
    'has a history without any version',
    'versions.unsupported',
    /UNSUPPORTED was expected/,
    (inner) => Object.assign(inner, { history: async function* () {} }),
  ),
  watching('tells nothing of what is gone', 'watch.tells', /is gone/, (changes) =>
    some(changes, ({ kind }) => kind !== 'removed'),
  ),
  watching('tells of the whole vault', 'watch.tells', /of what is beside/, (changes) => changes, true),
  watching(
    'tells what was there before it began',
    'watch.tells',
    /no change/,
    async function* (changes, path) {
      if (path !== ROOT) yield { path, kind: 'written' };
      yield* changes;
    },
  ),
  watching('tells of each path once', 'watch.storm', /was told|told last/, (changes) => {
    const told = new Set<string>();
    return some(changes, ({ path }) => !told.has(path) && told.add(path) !== undefined);
  }),
  watching(
    'loses what comes after the first five, and says nothing',
    'watch.storm',
    /was told|told last/,
    (changes) => {
      let told = 0;
      return some(changes, () => ++told <= 5);
    },
  ),
  watching('does not hear that it is aborted', 'watch.ends', /hangs|expected/, async function* (changes) {
    try {
      yield* changes;
    } catch {
      await new Promise(() => undefined);
    }
  }),
  leaking(),
  wholeFault('tells nothing of what is gone in its feed', 'changes.told', /deep.*equal/i, (driver) => ({
    changesSince: async (cursor, options) => {
      const { changes, ...rest } = await driver.changesSince!(cursor, options);
      return { ...rest, changes: changes.filter(({ kind }) => kind !== 'removed') };
    },
  })),
  wholeFault(
    'tells every change of a path in its feed',
    'changes.told',
    /Each path is told once/,
    (driver) => ({
      changesSince: async (cursor, options) => {
        const { changes, ...rest } = await driver.changesSince!(cursor, options);
        return { ...rest, changes: changes.flatMap((change) => [change, change]) };
      },
    }),
  ),
  wholeFault('has a feed of its own in each process', 'changes.told', /deep.*equal/i, (driver) => {
    let began: string | undefined;
    return {
      changesSince: async (cursor, options) => {
        began ??= (await driver.changesSince!(undefined, options)).cursor;
        const from = cursor === undefined || Number(cursor) >= Number(began) ? cursor : began;
        return await driver.changesSince!(from, options);
      },
    };
  }),
  wholeFault(
    'tells nothing for a cursor that it does not know',
    'changes.lost',
    /deep.*equal/i,
    (driver) => ({
      changesSince: async (cursor, options) => {
        const { changes, ...rest } = await driver.changesSince!(cursor, options);
        return { ...rest, changes: changes.filter(({ kind }) => kind !== 'overflow') };
      },
    }),
  ),
  backendFault(
    'has a feed that never tells anything',
    'changes.unsupported',
    /UNSUPPORTED was expected/,
    (inner) => Object.assign(inner, { changesSince: async () => ({ changes: [], cursor: '0' }) }),
  ),
];

/** Each watch opens a handle, and this one keeps it. */
/** For what core does, and no driver can do otherwise. */
function restoring(): Fault {
  const name = 'restores what was called off';
  const harness = wholeHarness(name, () => ({}));
  const createStore = async (): Promise<ConformanceStore> => {
    const store = await harness.createStore();
    const createBackend = async (): Promise<FileBackend> => {
      const inner = await store.createBackend();
      const restore = (path: string): Promise<FileInfo> =>
        inner.create(path, { data: 'restored', overwrite: true });
      return Object.assign(inner, { restore });
    };
    return { ...store, createBackend };
  };
  return {
    name,
    caughtBy: 'abort.already',
    says: /reason of the abort/,
    harness: { ...harness, createStore },
  };
}

function leaking(): Fault {
  const made = watching(
    'keeps its handle when it is left',
    'watch.ends',
    /more are open/,
    async function* (changes) {
      open++;
      yield* changes;
    },
  );
  return { ...made, harness: { ...made.harness, resources: () => open } };
}
