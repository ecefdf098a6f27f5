import type { ConformanceHarness, PromiseId } from '@f9/conformance';
import { isFileBackendError } from '@f9/core';
import {
  type BackendDriver,
  backendError,
  backendOf,
  type DriverChanges,
  layer,
  normalizePath,
  type SyncDriver,
  SyncDriverBackend,
} from '@f9/core/driver';
import { Clone, Remote } from '../memory-remote.ts';
import type { Fault } from './fault.ts';

/** Vaults with a remote, all of them changed in the same way. */
export function remoteHarness(
  change: (driver: BackendDriver) => DriverChanges = () => ({}),
): ConformanceHarness {
  const changed = (clone: Clone): SyncDriverBackend => {
    const { driver } = clone.createBackend();
    const changes = { [Symbol.asyncDispose]: () => driver[Symbol.asyncDispose](), ...change(driver) };
    return new SyncDriverBackend(layer(driver, changes));
  };
  return {
    name: 'memory with a remote',
    createStore: () => {
      const remote = new Remote();
      const clone = new Clone(remote, { autoPull: false, autoPush: false });
      return {
        createBackend: () => changed(clone),
        createClone: (options) => changed(new Clone(remote, options)),
        setRemoteReachable: (isReachable) => {
          remote.isReachable = isReachable;
        },
        rewriteRemote: () => remote.rewrite(),
      };
    },
  };
}

function syncFault(
  name: string,
  caughtBy: PromiseId,
  says: RegExp,
  change: (sync: SyncDriver, driver: BackendDriver) => Partial<SyncDriver>,
): Fault {
  const harness = remoteHarness((driver) => {
    const { pull, push, conflicts, resolve } = driver.sync!;
    return { sync: { pull, push, conflicts, resolve, ...change(driver.sync!, driver) } };
  });
  return { name, caughtBy, says, harness: { ...harness, patience: 500 } };
}

function sessionFault(
  name: string,
  caughtBy: PromiseId,
  says: RegExp,
  change: (driver: BackendDriver) => DriverChanges,
): Fault {
  return { name, caughtBy, says, harness: { ...remoteHarness(change), patience: 500 } };
}

function unlessRewritten(error: unknown): void {
  if (!isFileBackendError(error, 'HISTORY_REWRITTEN')) throw error;
}

export const syncing: readonly Fault[] = [
  syncFault(
    'takes a conflict for a reason to do nothing',
    'sync.rejects-conflicts',
    /SYNC_CONFLICT was expected/,
    (sync) => ({
      pull: (options) => sync.pull(options).catch(() => undefined),
      push: (options) => sync.push(options).catch(() => undefined),
    }),
  ),
  syncFault(
    'overwrites what others pushed',
    'sync.rejects-conflicts',
    /SYNC_CONFLICT was expected|changes nothing/,
    (sync) => ({
      push: async (options) => {
        for (const { path } of await sync.conflicts(options))
          await sync.resolve(normalizePath(path), { accept: 'local' }, options);
        await sync.push(options);
      },
    }),
  ),
  syncFault(
    'takes a rewritten remote for one that has nothing new',
    'sync.rewritten',
    /HISTORY_REWRITTEN was expected, but it succeeded/,
    (sync) => ({
      pull: (options) => sync.pull(options).catch(unlessRewritten),
      push: (options) => sync.push(options).catch(unlessRewritten),
    }),
  ),
  syncFault(
    'calls a rewritten remote busy',
    'sync.rewritten',
    /HISTORY_REWRITTEN was expected, not BUSY/,
    (sync) => ({
      push: (options) =>
        sync.push(options).catch((error: unknown) => {
          if (!isFileBackendError(error, 'HISTORY_REWRITTEN')) throw error;
          throw backendError('BUSY', 'The remote moved on; push again');
        }),
    }),
  ),
  syncFault('reports no conflicts', 'sync.report', /One conflict, not none|undefined/, () => ({
    conflicts: async () => [],
  })),
  syncFault('takes local for remote', 'sync.accept-local', /from byte|instead of/, (sync) => ({
    resolve: (path, resolution, options) =>
      sync.resolve(
        path,
        'accept' in resolution && resolution.accept === 'local' ? { accept: 'remote' } : resolution,
        options,
      ),
  })),
  syncFault('keeps one where both were asked for', 'sync.keep-both', /One more file, not none/, (sync) => ({
    resolve: (path, resolution, options) =>
      sync.resolve(
        path,
        'accept' in resolution && resolution.accept === 'both' ? { accept: 'local' } : resolution,
        options,
      ),
  })),
  syncFault(
    'puts a version wherever there is room for it',
    'layer.restrict',
    /PERMISSION_DENIED was expected, but it succeeded/,
    (sync) => ({
      resolve: (path, resolution, { assertMayWrite: _, ...options }) =>
        sync.resolve(path, resolution, options),
    }),
  ),
  syncFault(
    'resolves what is no conflict',
    'sync.resolve-missing',
    /NOT_FOUND was expected, but it succeeded/,
    (sync) => ({
      resolve: (path, resolution, options) => sync.resolve(path, resolution, options).catch(() => undefined),
    }),
  ),
  syncFault('pulls in the middle of a session', 'sync.session-excludes', /waiting/, (sync) => ({
    pull: (options) => {
      const session = {
        commitOnSuccess: false,
        commit: async () => undefined,
        release: async () => undefined,
      };
      return sync.pull({ ...options, session });
    },
  })),
  sessionFault('publishes a session that threw', 'sync.session-throw', /!==/, (driver) => ({
    acquireSession: async (options) => {
      const session = await driver.acquireSession!(options);
      return {
        ...session,
        release: async () => {
          await session.commit({});
          await session.release();
        },
      };
    },
  })),
  sessionFault('publishes no session', 'sync.session-publishes', /There is nothing at/, (driver) => ({
    acquireSession: async (options) => ({
      ...(await driver.acquireSession!(options)),
      commitOnSuccess: false,
    }),
  })),
  sessionFault('commits nothing when it is told to', 'sync.session-commit', /There is nothing at/, () => ({
    commitSession: async () => undefined,
  })),
  sessionFault(
    'starts a session on what was there',
    'sync.session-publishes',
    /There is nothing at/,
    (driver) => ({
      acquireSession: (options) => driver.acquireSession!({ ...options, pull: false }),
    }),
  ),
  sessionFault(
    'starts a session in conflict',
    'sync.session-conflict',
    /SYNC_CONFLICT was expected|true !== false/,
    (driver) => ({
      acquireSession: (options) => driver.acquireSession!({ ...options, pull: false, push: false }),
    }),
  ),
  sessionFault('pulls before reads alone', 'sync.auto-pull', /There is nothing|falsy|equal/, (driver) => {
    const inner = backendOf(driver);
    return {
      // `list` as it is without a pull before it.
      list: (path, options) =>
        inner.driver.list(path, {
          ...options,
          session: { commitOnSuccess: false, commit: async () => undefined, release: async () => undefined },
        }),
    };
  }),
];
