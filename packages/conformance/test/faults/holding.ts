import { posix } from 'node:path';
import { inspect } from 'node:util';
import { type FileInfo, MemoryFileBackend, MemoryStore } from '@f9/core';
import {
  type BackendDriver,
  type BackendPath,
  backendError,
  type DriverChanges,
  FifoLock,
  queueSession,
} from '@f9/core/driver';
import { backendFault, type Fault, fault } from './fault.ts';

const HOST_PATH = '/srv/vaults/of-alice';

/** A driver that looks for everything at another path. */
function renaming(driver: BackendDriver, rename: (path: string) => string): DriverChanges {
  const to = (path: BackendPath): BackendPath => rename(path) as BackendPath;
  return {
    stat: async (path, options) => (await driver.stat(to(path), options))?.with({ path }),
    read: (path, options) => driver.read(to(path), options),
    readFile: (path, options) => driver.readFile!(to(path), options),
    write: async (path, source, options) => (await driver.write(to(path), source, options)).with({ path }),
    remove: (path, options) => driver.remove(to(path), options),
    move: async (from, target, options) =>
      (await driver.move!(to(from), to(target), options)).with({ path: target }),
    append: async (path, source, options) => (await driver.append!(to(path), source, options)).with({ path }),
  };
}

/** A harness that counts what is open, and a driver that opens and closes. */
function counting(
  name: string,
  ...[caughtBy, says, change]: [
    caughtBy: Fault['caughtBy'],
    says: RegExp,
    change: (driver: BackendDriver, open: (count: number) => void) => DriverChanges,
  ]
): Fault {
  let handles = 0;
  const made = fault(name, caughtBy, says, (driver) =>
    change(driver, (count) => {
      handles += count;
    }),
  );
  return { ...made, harness: { ...made.harness, resources: () => handles } };
}

/** A fault whose stores have a secret. */
function secretive(made: Fault, secret: string): Fault {
  const { createStore } = made.harness;
  return {
    ...made,
    harness: { ...made.harness, createStore: async () => ({ ...(await createStore()), secrets: [secret] }) },
  };
}

export const holding: readonly Fault[] = [
  counting(
    'leaves the handle open when a stream is left',
    'stream.leave-early',
    /more are open/,
    (driver, open) => ({
      read: async function* (path, options) {
        open(1);
        for await (const block of driver.read(path, options)) {
          for (let at = 0; at < block.length; at += 1000) yield block.subarray(at, at + 1000);
        }
        open(-1);
      },
    }),
  ),
  backendFault(
    'reads the file when the stream is made',
    'stream.lazy',
    /There is nothing at "later/,
    (inner) => {
      const streamRead = inner.streamRead.bind(inner);
      const eager = (path: string, options: object): ReadableStream<Uint8Array> => {
        const chunks = Array.fromAsync(streamRead(path, options));
        chunks.catch(() => undefined);
        return ReadableStream.from(
          (async function* () {
            yield* await chunks;
          })(),
        );
      };
      return Object.assign(inner, { streamRead: eager });
    },
  ),
  counting(
    'keeps a connection after dispose',
    'dispose.releases',
    /more are open than before/,
    (_, open) => ({
      open: async () => open(1),
    }),
  ),
  counting('leaves a listing open when it is left', 'list.leave-early', /holds nothing/, (driver, open) => ({
    list: async function* (path, options) {
      open(1);
      yield* driver.list(path, options);
      open(-1);
    },
  })),
  fault('decodes %2e%2e and follows it', 'paths.outside', /already something at "x"|instead/, (driver) =>
    renaming(driver, (path) => {
      const decoded = path.includes('%2') ? decodeURIComponent(path) : path;
      return posix.normalize(decoded).replace(/^(\.\.\/)+/, '');
    }),
  ),
  backendFault(
    'cuts ../ off instead of refusing it',
    'paths.outside',
    /PATH_OUTSIDE_ROOT was expected/,
    (inner) => {
      const read = inner.read.bind(inner);
      const trimmed = (path: string, options: object): Promise<Uint8Array> =>
        read(typeof path === 'string' ? path.replaceAll('../', '') : path, options);
      return Object.assign(inner, { read: trimmed });
    },
  ),
  fault('composes characters', 'paths.to-the-byte', /deep.*equal|There is already|instead/i, (driver) => ({
    ...renaming(driver, (path) => path.normalize('NFC')),
  })),
  fault('trims names', 'paths.to-the-byte', /deep.*equal|instead|already/i, (driver) =>
    renaming(driver, (path) => path.replaceAll(/[ .]+(?=\/|$)/g, '')),
  ),
  fault('folds case and does not say so', 'paths.case', /already/i, (driver) =>
    renaming(driver, (path) => path.toLowerCase()),
  ),
  fault('keeps names in a plain object', 'checksum-many.keys', /deep.*equal|undefined/i, (driver) => ({
    checksumMany: async (paths, algorithm, options) => {
      const { checksumOf } = await import('@f9/core/driver');
      const sums: Record<string, string> = {};
      for (const path of paths) sums[path] = await checksumOf(driver.read(path, options), algorithm);
      return new Map(Object.entries(sums)) as Map<BackendPath, string>;
    },
  })),
  fault('lets two backends into a session', 'session.one-at-a-time', /!==/, (driver) => {
    const own = new FifoLock();
    return { acquireSession: (options) => queueSession(driver.name, own, options) };
  }),
  fault('lets everybody into a session', 'session.one-at-a-time', /!==/, () => ({
    acquireSession: async () => ({
      commitOnSuccess: false,
      commit: async () => undefined,
      release: async () => undefined,
    }),
  })),
  fault('says that sessions are transactional', 'session.transaction', /nobody else sees/, (driver) => ({
    capabilities: { ...driver.capabilities, transactional: true },
  })),
  fault('serves the last in line first', 'session.order', /deep.*equal/i, (_, store) => ({
    acquireSession: (options) => lastComeFirstServed(store, options.signal),
  })),
  fault('does not hear an abort while it waits', 'session.abort', /It hangs|reason/, (driver) => ({
    acquireSession: ({ signal: _, ...options }) => driver.acquireSession!(options),
  })),
  fault('waits for a session for ever', 'session.timeout', /It hangs/, (driver) => ({
    acquireSession: (options) => driver.acquireSession!({ ...options, timeout: 3000 }),
  })),
  fault('does not say who holds the session', 'session.timeout', /names the holder/, (driver) => ({
    acquireSession: async (options) => {
      try {
        return await driver.acquireSession!(options);
      } catch {
        throw backendError('LOCK_TIMEOUT', 'The vault is busy, try again later');
      }
    },
  })),
  fault('makes plain operations wait for a session', 'session.plain-operations', /It hangs/, (driver) => ({
    write: async (path, source, options) => {
      if (options.session !== undefined) return await driver.write(path, source, options);
      const held = await driver.acquireSession!({ timeout: 5000 });
      try {
        return await driver.write(path, source, options);
      } finally {
        await held.release();
      }
    },
  })),
  backendFault('goes on after dispose', 'dispose.closed', /CLOSED was expected, but it succeeded/, (inner) =>
    Object.assign(inner, { [Symbol.asyncDispose]: async () => undefined }),
  ),
  backendFault(
    'goes on after it was closed',
    'dispose.close',
    /CLOSED was expected, but it succeeded/,
    (inner) => Object.assign(inner, { close: async () => undefined }),
  ),
  counting('opens itself when it is made', 'open.lazily', /only made/, (driver, open) => {
    open(1);
    return {
      [Symbol.asyncDispose]: async () => {
        open(-1);
        await driver[Symbol.asyncDispose]();
      },
    };
  }),
  fault('declares an append that it has not', 'open.capabilities', /driver\.append/, () => ({
    append: undefined,
  })),
  fault('declares ifMatch and gives no etags', 'if-match.holds', /etag/, (driver) => ({
    stat: async (path, options) => (await driver.stat(path, options))?.with({ etag: undefined }),
    write: async (path, source, options) =>
      (await driver.write(path, source, options)).with({ etag: undefined }),
  })),
  backendFault('changes its mind about what it can', 'open.capabilities', /deep.*equal/i, (inner) => {
    const { capabilities } = inner;
    let asked = 0;
    return Object.defineProperty(inner, 'capabilities', {
      get: () => ({ ...capabilities, symlinks: ++asked % 2 === 0 }),
    });
  }),
  fault(
    'says strong and is not',
    'create.existing',
    /There is nothing at|ALREADY_EXISTS/,
    (driver, store) => {
      const old = new MemoryStore();
      for (const [path, node] of store.nodes) old.nodes.set(path, node);
      const stale = new MemoryFileBackend({ store: old }).driver;
      let reads = 0;
      const look = (): BackendDriver => (store.nodes.size > 1 && reads++ < 3 ? stale : driver);
      return {
        stat: (path, options) => look().stat(path, options),
        readFile: (path, options) => look().readFile!(path, options),
      };
    },
  ),
  secretive(
    fault(
      'tells in errors where the vault lies',
      'errors.secrets',
      /gives away "\/srv\/vaults/,
      (driver) => ({
        readFile: async (path, options) => {
          if ((await driver.stat(path, {})) === undefined) {
            throw backendError('NOT_FOUND', `ENOENT: no such file, open '${HOST_PATH}/${path}'`, { path });
          }
          return await driver.readFile!(path, options);
        },
      }),
    ),
    HOST_PATH,
  ),
  secretive(
    backendFault('prints its token', 'errors.secrets', /gives away "sk-/, (inner) =>
      Object.defineProperty(inner, inspect.custom, { value: () => 'backend { token: sk-0123456789 }' }),
    ),
    'sk-0123456789',
  ),
  fault('does not name the path', 'errors.message', /NOT_FOUND on gone\.txt/, (driver) => ({
    readFile: async (path, options) => {
      if ((await driver.stat(path, {})) === undefined) {
        throw backendError('NOT_FOUND', 'The specified key does not exist', { path });
      }
      return await driver.readFile!(path, options);
    },
  })),
  fault(
    'makes directories of files below',
    'create.parent-is-file',
    /NOT_DIRECTORY was expected/,
    (driver, store) => ({
      write: async (path, source, options) => {
        const parent = path.slice(0, path.lastIndexOf('/')) as BackendPath;
        const node = store.nodes.get(parent);
        if (node?.bytes !== undefined) {
          const info: FileInfo = node.info.with({ fileType: 'directory' });
          store.nodes.set(parent, { info, bytes: undefined });
        }
        return await driver.write(path, source, options);
      },
    }),
  ),
];

const stacks = new WeakMap<MemoryStore, { held: boolean; waiting: (() => void)[] }>();

async function lastComeFirstServed(
  store: MemoryStore,
  signal: AbortSignal | undefined,
): Promise<{ commitOnSuccess: boolean; commit(): Promise<void>; release(): Promise<void> }> {
  signal?.throwIfAborted();
  const line = stacks.get(store) ?? { held: false, waiting: [] };
  stacks.set(store, line);
  if (line.held) await new Promise<void>((resolve) => line.waiting.push(resolve));
  line.held = true;
  return {
    commitOnSuccess: false,
    commit: async () => undefined,
    release: async () => {
      line.held = false;
      line.waiting.pop()?.();
    },
  };
}
