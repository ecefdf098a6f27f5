import { type FileBackend, isSyncFileBackend, type SyncFileBackend } from '@f9/core';
import { backendError } from '@f9/core/driver';

/** The backend as one that has a remote. @throws `UNSUPPORTED` where it has none */
export function remoteOf(backend: FileBackend): SyncFileBackend {
  if (isSyncFileBackend(backend)) return backend;
  throw backendError(
    'UNSUPPORTED',
    `The ${backend.name} backend has no remote to be in step with; git repositories have, named by their URI or vault`,
  );
}
