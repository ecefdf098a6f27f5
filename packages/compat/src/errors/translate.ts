import { type FileBackendError, isFileBackendError } from '@f9/core';
import { errnoOf, systemError } from './errno.ts';

/** An error as Node's own file functions throw it, with the f9 error as its `cause`. */
export interface BackendErrnoException extends NodeJS.ErrnoException {
  readonly code: string;
  readonly errno: number;
  readonly syscall: string;
  /** The second path of a rename or copy. */
  readonly dest?: string;
  readonly cause: FileBackendError;
}

export interface TranslateOptions {
  /** The system call to name. Default: the one that Node makes for the operation. */
  readonly syscall?: string;
  /** The path to name. Default: that of the error. */
  readonly path?: string;
  readonly dest?: string;
}

/** Operations with another name for their system call in Node's messages. All others are `open`. */
const SYSCALLS: Readonly<Record<string, string>> = {
  delete: 'unlink',
  info: 'stat',
  exists: 'stat',
  list: 'scandir',
  glob: 'scandir',
  globFiles: 'scandir',
  globDirs: 'scandir',
  globInfo: 'scandir',
  watch: 'watch',
  copy: 'copyfile',
  move: 'rename',
};

/** The Node exception for an f9 error, found by its code alone; anything else is returned as it is. */
export function translateBackendException(
  error: FileBackendError,
  options?: TranslateOptions,
): BackendErrnoException;
export function translateBackendException(error: unknown, options?: TranslateOptions): unknown;
export function translateBackendException(error: unknown, options: TranslateOptions = {}): unknown {
  if (!isFileBackendError(error)) return error;
  const code = errnoOf(error);
  const { number, text } = systemError(code);
  const { syscall = SYSCALLS[error.operation ?? ''] ?? 'open', path = error.path, dest } = options;
  const where = path === undefined ? '' : ` '${path}'${dest === undefined ? '' : ` -> '${dest}'`}`;
  return Object.assign(new Error(`${code}: ${text}, ${syscall}${where}`, { cause: error }), {
    errno: number,
    code,
    syscall,
    ...(path === undefined ? {} : { path }),
    ...(dest === undefined ? {} : { dest }),
  });
}

/** Runs `body`, and translates the f9 errors that it throws. */
export async function translated<T>(body: () => T | PromiseLike<T>, options?: TranslateOptions): Promise<T> {
  try {
    return await body();
  } catch (error) {
    throw translateBackendException(error, options);
  }
}

/** The same function with Node's errors, whether it throws, its promise rejects, or the stream or iterable that it returns fails. */
export function translateExceptions<A extends unknown[], R>(fn: (...args: A) => R): (...args: A) => R {
  return function translating(this: unknown, ...args: A): R {
    try {
      return translateResult(fn.apply(this, args)) as R;
    } catch (error) {
      throw translateBackendException(error);
    }
  };
}

function translateResult(result: unknown): unknown {
  if (typeof result !== 'object' || result === null) return result;
  if (result instanceof Promise) {
    return result.then(translateResult, (error: unknown) => {
      throw translateBackendException(error);
    });
  }
  if (result instanceof ReadableStream) return translateStream(result);
  return isAsyncIterator(result) ? translateIterable(result) : result;
}

function isAsyncIterator(value: object): value is AsyncIterable<unknown> & AsyncIterator<unknown> {
  return Symbol.asyncIterator in value && 'next' in value;
}

/** The same items, with errors in the middle translated too. No generator, since one that waits cannot be told to leave. */
export function translateIterable<T>(items: AsyncIterable<T>): AsyncIterableIterator<T, void> {
  let iterator: AsyncIterator<T> | undefined;
  return {
    next: () =>
      translated(() => {
        iterator ??= items[Symbol.asyncIterator]();
        return iterator.next();
      }),
    return: async () => {
      await translated(() => iterator?.return?.());
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

/** The same chunks, still read only on demand, with errors in the middle translated too. */
export function translateStream<T>(stream: ReadableStream<T>, options?: TranslateOptions): ReadableStream<T> {
  const reader = stream.getReader();
  return new ReadableStream<T>(
    {
      pull: async (controller) => {
        const { value, done } = await translated(() => reader.read(), options);
        if (done) controller.close();
        else controller.enqueue(value);
      },
      cancel: (reason) => translated(() => reader.cancel(reason), options),
    },
    { highWaterMark: 0 },
  );
}
