import fs from 'node:fs';
import { promisify } from 'node:util';
import { currentOperation, type Operation, type Step } from './runner.ts';
import { turnBudget } from './turn-budget.ts';

// The system calls that operations are made of, each a step that runs on this thread or waits for the pool.

type Call<A extends unknown[], T> = (...args: A) => Operation<T>;

/** Most bytes that are read or written on this thread; more go through the thread pool. */
export const SMALL: number = 64 * 1024;

interface CallTraits<A extends unknown[]> {
  /** Whether the call goes to the thread pool even on a local disk. */
  readonly isSlow?: (...args: A) => boolean;
  /** Whether an operation can be aborted or pause here: only at calls that begin some work, never at those that clean up. */
  readonly isPausable?: boolean;
}

function systemCall<A extends unknown[], T>(
  here: (...args: A) => T,
  inPool: (...args: A) => Promise<T>,
  { isSlow, isPausable = false }: CallTraits<A> = {},
): Call<A, T> {
  const isNow = (args: A): boolean => {
    const operation = currentOperation();
    return !(isPausable && operation.mustPause()) && operation.isOnThisThread(isSlow?.(...args) === true);
  };
  const later = function* (args: A): Operation<T> {
    if (isPausable && currentOperation().mustPause()) yield () => turnBudget.wait();
    if (currentOperation().isOnThisThread(isSlow?.(...args) === true)) return here(...args);
    return (yield () => inPool(...args)) as T;
  };
  return (...args) => new SystemCall(args, isNow, here, later);
}

/** One call as an operation, since a generator would cost as much as a call that is made at once. */
class SystemCall<A extends unknown[], T> implements Operation<T> {
  readonly #args: A;
  readonly #isNow: (args: A) => boolean;
  readonly #here: (...args: A) => T;
  readonly #later: (args: A) => Operation<T>;
  #waiting: Operation<T> | undefined;

  constructor(
    args: A,
    isNow: (args: A) => boolean,
    here: (...args: A) => T,
    later: (args: A) => Operation<T>,
  ) {
    this.#args = args;
    this.#isNow = isNow;
    this.#here = here;
    this.#later = later;
  }

  [Symbol.iterator](): this {
    return this;
  }

  next(result?: unknown): Step<T> {
    if (this.#waiting === undefined) {
      if (this.#isNow(this.#args)) return { done: true, value: this.#here(...this.#args) };
      this.#waiting = this.#later(this.#args);
    }
    return this.#waiting.next(result);
  }

  throw(error: unknown): Step<T> {
    if (this.#waiting === undefined) throw error;
    return this.#waiting.throw(error);
  }
}

/** Pauses, if it is time to, in the middle of work that makes no calls. */
export function* pause(): Operation<void> {
  if (currentOperation().mustPause()) yield () => turnBudget.wait();
}

/** Waits for something that is no system call. */
export function* waitFor<T>(later: () => Promise<T>): Operation<T> {
  return (yield later) as T;
}

const fstatLater = promisify<number, fs.Stats>(fs.fstat);

export const open: Call<[path: string, flags: number, mode?: number], number> = systemCall(
  fs.openSync,
  promisify(fs.open),
  { isPausable: true },
);
export const close: Call<[fd: number], void> = systemCall(fs.closeSync, promisify(fs.close));
export const fstat: Call<[fd: number], fs.Stats> = systemCall(
  (fd: number) => fs.fstatSync(fd),
  (fd: number) => fstatLater(fd),
);
/** The stats of a path, symlinks not followed; `undefined` if nothing is there. */
export const lstat: Call<[path: string], fs.Stats | undefined> = systemCall(
  (path: string) => fs.lstatSync(path, { throwIfNoEntry: false }),
  (path: string) => fs.promises.lstat(path).catch(undefinedIfMissing),
);
export const readlink: Call<[path: string], string> = systemCall(
  (path) => fs.readlinkSync(path),
  (path) => fs.promises.readlink(path),
);
export const realpath: Call<[path: string], string> = systemCall(
  (path) => fs.realpathSync.native(path),
  promisify(fs.realpath.native),
);
/** Reads up to `length` bytes; 0 at the end. */
export const read: Call<
  [fd: number, buffer: Uint8Array, offset: number, length: number, position: number],
  number
> = systemCall(
  (fd: number, buffer: Uint8Array, offset: number, length: number, position: number) =>
    fs.readSync(fd, buffer, offset, length, position),
  readLater,
  { isSlow: (_fd, _buffer, _offset, length) => length > SMALL, isPausable: true },
);
/** Writes up to `length` bytes, maybe fewer. */
export const write: Call<[fd: number, buffer: Uint8Array, offset: number, length: number], number> =
  systemCall(
    (fd: number, buffer: Uint8Array, offset: number, length: number) =>
      fs.writeSync(fd, buffer, offset, length),
    writeLater,
    { isSlow: (_fd, _buffer, _offset, length) => length > SMALL, isPausable: true },
  );
export const fsync: Call<[fd: number], void> = systemCall(fs.fsyncSync, promisify(fs.fsync), {
  isSlow: () => true,
});
/** Sets times in seconds. */
export const futimes: Call<[fd: number, accessed: number, modified: number], void> = systemCall(
  fs.futimesSync,
  promisify(fs.futimes),
);
/** Sets the times of a symlink itself. */
export const lutimes: Call<[path: string, accessed: Date, modified: Date], void> = systemCall(
  fs.lutimesSync,
  promisify(fs.lutimes),
);
export const fchmod: Call<[fd: number, mode: number], void> = systemCall(fs.fchmodSync, promisify(fs.fchmod));
export const fchown: Call<[fd: number, uid: number, gid: number], void> = systemCall(
  fs.fchownSync,
  promisify(fs.fchown),
);
export const rename: Call<[from: string, to: string], void> = systemCall(fs.renameSync, promisify(fs.rename));
export const link: Call<[from: string, to: string], void> = systemCall(fs.linkSync, promisify(fs.link));
export const symlink: Call<[target: string, path: string], void> = systemCall(
  (target, path) => fs.symlinkSync(target, path),
  (target, path) => fs.promises.symlink(target, path),
);
export const unlink: Call<[path: string], void> = systemCall(fs.unlinkSync, promisify(fs.unlink));
export const mkdir: Call<[path: string, mode?: number], void> = systemCall(
  (path, mode) => fs.mkdirSync(path, mode),
  (path, mode) => fs.promises.mkdir(path, mode),
);
/** Makes a directory and its parents; directories that exist are fine. */
export const mkdirs: Call<[path: string], void> = systemCall(
  (path) => void fs.mkdirSync(path, { recursive: true }),
  async (path) => void (await fs.promises.mkdir(path, { recursive: true })),
);
export const rmdir: Call<[path: string], void> = systemCall(
  (path) => fs.rmdirSync(path),
  (path) => fs.promises.rmdir(path),
);
export const readdir: Call<[path: string], fs.Dirent[]> = systemCall(
  (path) => fs.readdirSync(path, { withFileTypes: true }),
  (path) => fs.promises.readdir(path, { withFileTypes: true }),
  { isPausable: true },
);
/** Opens a directory whose entries are read `atOnce` by `readEntries`. */
export const opendir: Call<[path: string, atOnce: number], fs.Dir> = systemCall(
  (path, bufferSize) => fs.opendirSync(path, { bufferSize }),
  (path, bufferSize) => fs.promises.opendir(path, { bufferSize }),
  { isPausable: true },
);
/** The next entries, up to `count`; none at the end. */
export const readEntries: Call<[directory: fs.Dir, count: number], fs.Dirent[]> = systemCall(
  (directory, count) => {
    const entries: fs.Dirent[] = [];
    while (entries.length < count) {
      const entry = directory.readSync();
      if (entry === null) break;
      entries.push(entry);
    }
    return entries;
  },
  async (directory, count) => {
    const entries: fs.Dirent[] = [];
    while (entries.length < count) {
      const entry = await directory.read();
      if (entry === null) break;
      entries.push(entry);
    }
    return entries;
  },
  { isPausable: true },
);
export const closedir: Call<[directory: fs.Dir], void> = systemCall(
  (directory) => directory.closeSync(),
  (directory) => directory.close(),
);
/** The names in a directory as the bytes they are. */
export const readdirBytes: Call<[path: string], Buffer[]> = systemCall(
  (path) => fs.readdirSync(path, 'buffer'),
  (path) => fs.promises.readdir(path, 'buffer'),
);

export function readLater(
  fd: number,
  buffer: Uint8Array,
  offset: number,
  length: number,
  position: number,
): Promise<number> {
  return new Promise((resolve, reject) =>
    fs.read(fd, buffer, offset, length, position, (error, count) => (error ? reject(error) : resolve(count))),
  );
}

export function writeLater(fd: number, buffer: Uint8Array, offset: number, length: number): Promise<number> {
  return new Promise((resolve, reject) =>
    fs.write(fd, buffer, offset, length, null, (error, count) => (error ? reject(error) : resolve(count))),
  );
}

function undefinedIfMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT' && error.code !== 'ENOTDIR') throw error;
}
