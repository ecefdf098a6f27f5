import type { FileBackend, OperationOptions } from '../backend.ts';
import { backendError, isFileBackendError } from '../errors.ts';
import { copyVerified } from './copy-file.ts';
import { permissionsOfCopy } from './permissions.ts';
import { ProgressCounter } from './progress.ts';

/** Versions of one file that a backup keeps: `note.md`, `note.1.md`, `note.2.md` and so on. */
const MOST_VERSIONS = 1000;

/**
 * Keeps files that a mirror replaces or deletes. None that is kept already is overwritten: a second version gets a name of its own.
 */
export class Backup {
  readonly #target: FileBackend;
  readonly #store: FileBackend;

  constructor(target: FileBackend, store: FileBackend) {
    this.#target = target;
    this.#store = store;
  }

  /** Copies a file of the target to the backup, and gives the etag of the version that is safe now. @throws `NOT_FOUND` */
  async keep(path: string, options: OperationOptions): Promise<string | undefined> {
    const file = await this.#target.info(path, options);
    const sum = await this.#target.checksum(path, options);
    for (let version = 0; version < MOST_VERSIONS; version++) {
      const to = versioned(path, version);
      if (await this.#holds(to, sum, options)) return file.etag;
      try {
        const request = { file, to, overwrite: false, permissions: permissionsOfCopy(file, undefined) };
        await copyVerified(this.#target, this.#store, request, new ProgressCounter(undefined), options);
        return file.etag;
      } catch (error) {
        if (!isFileBackendError(error, 'ALREADY_EXISTS')) throw error;
      }
    }
    throw backendError(
      'ALREADY_EXISTS',
      `The backup has ${MOST_VERSIONS} versions of ${JSON.stringify(path)}; take a new folder for it`,
      { operation: 'mirror', path },
    );
  }

  async #holds(path: string, sum: string, options: OperationOptions): Promise<boolean> {
    return (await this.#store.checksumMany([path], options)).get(path) === sum;
  }
}

function versioned(path: string, version: number): string {
  if (version === 0) return path;
  const dot = path.lastIndexOf('.');
  const hasExtension = dot > path.lastIndexOf('/') + 1;
  return hasExtension ? `${path.slice(0, dot)}.${version}${path.slice(dot)}` : `${path}.${version}`;
}
