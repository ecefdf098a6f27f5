import type { FileBackend } from '../backend.ts';
import type { BackendDriver } from '../driver/driver.ts';
import { backendError } from '../errors.ts';
import { driverOf } from '../operations/driver-of.ts';
import { backendOf } from '../operations/sync-driver-backend.ts';
import { layer } from './layer.ts';

/**
 * The same vault, which cannot be changed through this object: whatever writes or publishes fails with `READ_ONLY`.
 *
 * @throws `INVALID_ARGUMENT` for what is no backend
 */
export function readOnly(backend: FileBackend): FileBackend {
  return backendOf(readOnlyDriver(driverOf(backend, 'readOnly')));
}

function readOnlyDriver(inner: BackendDriver): BackendDriver {
  const { acquireSession, sync } = inner;
  const refuse = async (): Promise<never> => {
    throw backendError('READ_ONLY', `This view of the ${inner.name} backend is read-only`);
  };
  return layer(inner, {
    write: refuse,
    makeDirectory: refuse,
    remove: refuse,
    append: refuse,
    copy: refuse,
    move: refuse,
    removeTree: refuse,
    copyTree: refuse,
    moveTree: refuse,
    writeMany: refuse,
    removeMany: refuse,
    // A session here still holds the vault, and publishes nothing at its end.
    acquireSession: acquireSession && ((options) => acquireSession.call(inner, { ...options, push: false })),
    commitSession: refuse,
    // Pulling brings in the writes of others; it writes nothing of the caller's.
    sync: sync && {
      pull: sync.pull.bind(sync),
      conflicts: sync.conflicts.bind(sync),
      push: refuse,
      resolve: refuse,
    },
  });
}
