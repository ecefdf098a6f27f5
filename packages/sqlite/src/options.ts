import type { BackendOptions } from '@f9/core';
import { assertBackendOptions, backendError } from '@f9/core/driver';
import type { Embedder, Stemmer } from '@f9/search';

/** Milliseconds to wait for another process that writes. */
export const DEFAULT_BUSY_TIMEOUT = 5000;

/** Options of a vault in a file. */
export interface SqliteFileBackendOptions extends BackendOptions {
  /** The file; made where there is none, its folder must be there. On a disk of this machine. */
  readonly path: string;
  /** `'fsync'`: what was acknowledged survives a power cut. `'none'`: it survives a crash of the process, and writes are 3 to 4 times faster. Default `'fsync'`. */
  readonly durability?: 'fsync' | 'none';
  /** Milliseconds to wait for another process that writes. Default 5,000. */
  readonly busyTimeout?: number;
  /** Keep former versions of files that are changed or deleted. Default false. */
  readonly history?: boolean;
  /** The model for search by meaning. Default: words alone. */
  readonly embedder?: Embedder;
  /** The stemmer of the language that the texts are in. Default: English. */
  readonly stemmer?: Stemmer;
  /** Called where a query was answered by words alone because the model did not answer in time. */
  readonly onFallback?: (error: unknown) => void;
}

const NAMES = ['path', 'durability', 'busyTimeout', 'history', 'embedder', 'stemmer', 'onFallback'];

/** @throws `INVALID_ARGUMENT` */
export function assertOptions(options: SqliteFileBackendOptions): void {
  assertBackendOptions(options, NAMES);
  const { path, durability, busyTimeout, history } = options;
  if (typeof path !== 'string' || path === '') throw invalid('path must be the path of a file');
  if (durability !== undefined && durability !== 'none' && durability !== 'fsync') {
    throw invalid("durability must be 'none' or 'fsync'");
  }
  if (busyTimeout !== undefined && !(Number.isSafeInteger(busyTimeout) && busyTimeout >= 0)) {
    throw invalid('busyTimeout must be a whole number of milliseconds');
  }
  if (history !== undefined && typeof history !== 'boolean') throw invalid('history must be true or false');
}

function invalid(message: string): Error {
  return backendError('INVALID_ARGUMENT', `SqliteFileBackend: ${message}`);
}
