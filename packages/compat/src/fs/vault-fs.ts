import type { FileBackend } from '@f9/core';
import { driverOf } from '@f9/core/driver';
import { objectOf } from './arguments.ts';
import { withDirectories } from './directories.ts';
import { createReadStream, type ReadStreamOptions, type VaultReadStream } from './read-stream.ts';
import type { PathLike } from './vault-path.ts';
import { VaultPromises } from './vault-promises.ts';
import { createWriteStream, type VaultWriteStream, type WriteStreamOptions } from './write-stream.ts';

/** The part of `node:fs` that needs no callbacks: the promises, also as `promises`, and the streams. */
export class VaultFs extends VaultPromises {
  readonly promises: VaultPromises;
  readonly createReadStream: (
    path: PathLike,
    options?: ReadStreamOptions | BufferEncoding,
  ) => VaultReadStream;
  readonly createWriteStream: (
    path: PathLike,
    options?: WriteStreamOptions | BufferEncoding,
  ) => VaultWriteStream;

  constructor(backend: FileBackend) {
    super(backend);
    this.promises = new VaultPromises(backend);
    this.createReadStream = (path, options) => createReadStream(backend, path, objectOf(options));
    this.createWriteStream = (path, options) => createWriteStream(backend, path, objectOf(options));
  }
}

/**
 * Any backend as the `fs` that a program expects; the README tells where it is exact and where not.
 *
 * @throws `INVALID_ARGUMENT` where `backend` is none
 */
export function createFs(backend: FileBackend): VaultFs {
  driverOf(backend, 'createFs');
  return new VaultFs(withDirectories(backend));
}
