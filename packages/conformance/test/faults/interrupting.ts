import type { FileBackend } from '@f9/core';
import { type BackendDriver, type DriverChanges, FifoLock } from '@f9/core/driver';
import { changed } from '../variants.ts';
import { backendFault, type Fault, fault, turn } from './fault.ts';

const WHOLE = { ifExists: 'replace', ifMissing: 'create' } as const;

/** A driver that empties a file before it writes it, and may be told in between to stop. */
function emptying(driver: BackendDriver, goOn: (signal: AbortSignal | undefined) => void): DriverChanges {
  return {
    write: async (path, source, options) => {
      const isThere = (await driver.stat(path, {})) !== undefined;
      if (isThere && options.ifExists === 'replace' && options.ifMatch === undefined) {
        await driver.write(path, new Uint8Array(), WHOLE);
        await turn();
        goOn(options.signal);
      }
      return await driver.write(path, source, options);
    },
  };
}

/** A backend that is gone as soon as it is told to, whatever is running. */
function abrupt(inner: FileBackend): FileBackend {
  let isGone = false;
  const backend = changed(
    inner,
    emptying(inner.driver, () => {
      if (isGone) throw new Error('The connection is gone');
    }),
  );
  return Object.assign(backend, {
    [Symbol.asyncDispose]: async () => {
      isGone = true;
    },
  });
}

export const interrupting: readonly Fault[] = [
  fault(
    'empties a file before it hears that it is aborted',
    'abort.any-call',
    /neither old nor new/,
    (driver) => emptying(driver, (signal) => signal?.throwIfAborted()),
  ),
  fault('removes what it moves before it hears that it is aborted', 'abort.any-call', /lost/, (driver) => ({
    move: async (from, to, options) => {
      const bytes = await driver.readFile!(from, {});
      await driver.remove(from, {});
      options.signal?.throwIfAborted();
      return await driver.write(to, bytes, options);
    },
  })),
  fault('keeps the turn of a write that was aborted', 'abort.any-call', /It hangs/, (driver, store) => {
    const lock = lockOf(store);
    return {
      write: async (path, source, options) => {
        const release = await lock.acquire(Number.POSITIVE_INFINITY, options.signal);
        options.signal?.throwIfAborted();
        try {
          return await driver.write(path, source, options);
        } finally {
          release?.();
        }
      },
    };
  }),
  fault(
    'gives no session back that was aborted',
    'abort.any-call',
    /another session of this process/,
    (driver) => ({
      acquireSession: async (options) => {
        const session = await driver.acquireSession!(options);
        return {
          ...session,
          release: async () => {
            if (options.signal?.aborted !== true) await session.release();
          },
        };
      },
    }),
  ),
  backendFault('is gone while it writes', 'dispose.any-call', /must end well or say so|neither/, abrupt),
];

const locks = new WeakMap<object, FifoLock>();

function lockOf(store: object): FifoLock {
  const known = locks.get(store) ?? new FifoLock();
  locks.set(store, known);
  return known;
}
