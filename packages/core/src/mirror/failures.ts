import { backendError, type ErrorCode, type FileBackendError, isFileBackendError } from '../errors.ts';

/** Errors that every other file would meet as well, so that the rest is not tried. */
const HOPELESS: readonly ErrorCode[] = [
  'UNAUTHENTICATED',
  'QUOTA_EXCEEDED',
  'NO_SPACE',
  'READ_ONLY',
  'CLOSED',
  'LOCK_LOST',
];

/** Errors by the file that they are about; an abort ends everything. */
export class Failures extends Map<string, FileBackendError> {
  readonly #signal: AbortSignal | undefined;
  #hopeless: FileBackendError | undefined;

  constructor(signal: AbortSignal | undefined) {
    super();
    this.#signal = signal;
  }

  /** Does something to a file, unless it will fail for every file. @throws `signal.reason` */
  async attempt(path: string, work: () => Promise<void>): Promise<void> {
    this.#signal?.throwIfAborted();
    try {
      if (this.#hopeless !== undefined) throw notTried(path, this.#hopeless);
      await work();
    } catch (error) {
      this.#keep(path, error);
    }
  }

  /** Looks at what became of a file among many. @throws `signal.reason` */
  settle<T>(path: string, result: PromiseSettledResult<T>, use: (value: T) => void): void {
    if (result.status === 'fulfilled') use(result.value);
    else this.#keep(path, result.reason);
  }

  #keep(path: string, error: unknown): void {
    this.#signal?.throwIfAborted();
    if (!isFileBackendError(error)) throw error;
    this.set(path, error);
    if (HOPELESS.includes(error.code)) this.#hopeless ??= error;
  }
}

function notTried(path: string, why: FileBackendError): FileBackendError {
  const message = `${JSON.stringify(path)} was not tried, since this will fail for every file: ${why.message}`;
  return backendError(why.code, message, { operation: 'mirror', path });
}
