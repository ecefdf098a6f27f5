import type { BackendOptions } from '@f9/core';
import { assertBackendOptions, backendError } from '@f9/core/driver';

/** How safe an acknowledged write is: `'fsync'` survives a power cut, `'none'` a crash of the process. */
export type Durability = 'none' | 'fsync';

/** The folder, and how safely it is written. */
export interface LocalFileBackendOptions extends BackendOptions {
  /** The folder; a relative path starts at the working directory of the moment. */
  readonly root: string;
  /** Make the folder if it is missing. Default true. */
  readonly createRoot?: boolean;
  /**
   * `'auto'`: on a local disk small operations run on this thread, which is several times faster, and leave the event loop after 2 ms;
   * everything else runs on the thread pool. `'async'`: all of it does. Default `'auto'`.
   */
  readonly io?: 'auto' | 'async';
  /** `'fsync'`: an acknowledged write survives a power cut. `'none'`: it survives a crash of the process. Default `'fsync'`. */
  readonly durability?: Durability;
  /** A folder for staged files and known checksums, on the same filesystem as the root. Default: where the locks are, `.f9` in the root. */
  readonly stateDirectory?: string;
}

/** The options of a backend, and those for packages that build on a folder. */
export interface LocalDriverOptions extends LocalFileBackendOptions {
  /** Names that are not part of the vault, at any depth: not listed, not matched, and no symlink leads to them. */
  readonly hides?: (name: string) => boolean;
}

const NAMES = Object.keys({
  root: true,
  createRoot: true,
  io: true,
  durability: true,
  stateDirectory: true,
  hides: true,
} satisfies Record<Exclude<keyof LocalDriverOptions, keyof BackendOptions>, true>);

/** @throws `INVALID_ARGUMENT` */
export function assertOptions(options: LocalDriverOptions): void {
  assertBackendOptions(options, NAMES);
  const { root, io, durability, stateDirectory } = options;
  if (typeof root !== 'string' || root === '') throw invalid('root must be the path of a folder');
  if (io !== undefined && io !== 'auto' && io !== 'async') throw invalid("io must be 'auto' or 'async'");
  if (durability !== undefined && durability !== 'none' && durability !== 'fsync') {
    throw invalid("durability must be 'none' or 'fsync'");
  }
  if (stateDirectory !== undefined && (typeof stateDirectory !== 'string' || stateDirectory === '')) {
    throw invalid('stateDirectory must be the path of a folder');
  }
}

function invalid(message: string): Error {
  return backendError('INVALID_ARGUMENT', message);
}
