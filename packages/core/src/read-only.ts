import type { FileBackend } from './backend.ts';
import type { BackendDriver } from './driver.ts';
import { backendError } from './errors.ts';
import { layer } from './layer.ts';
import { backendOf } from './sync-driver-backend.ts';

/** The same vault, which cannot be changed through this object: whatever writes or publishes fails with `READ_ONLY`. */
export function readOnly(backend: FileBackend): FileBackend {
  return backendOf(readOnlyDriver(backend.driver));
}

function readOnlyDriver(inner: BackendDriver): BackendDriver {
  const refuse = async (): Promise<never> => {
    throw backendError('READ_ONLY', `This view of the ${inner.name} backend is read-only`);
  };
  const refuseIfThere = (member: unknown): typeof refuse | undefined =>
    member === undefined ? undefined : refuse;
  return layer(inner, {
    write: refuse,
    makeDirectory: refuse,
    remove: refuse,
    append: refuseIfThere(inner.append),
    copy: refuseIfThere(inner.copy),
    move: refuse,
    removeTree: refuse,
    // Pulling brings in what others wrote; it writes nothing of the caller's.
    sync: inner.sync && {
      ...inner.sync,
      pull: inner.sync.pull.bind(inner.sync),
      conflicts: inner.sync.conflicts.bind(inner.sync),
      push: refuse,
      resolve: refuse,
    },
  });
}
