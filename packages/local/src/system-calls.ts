import fs from 'node:fs';
import { promisify } from 'node:util';

/** A call to the operating system that an operation asks for; a `Runner` makes it on this thread or on the thread pool. */
export interface SystemCall {
  /** Makes the call on this thread; `undefined` for what can only be waited for. */
  readonly now: (() => unknown) | undefined;
  /** Makes the call on the thread pool. */
  readonly later: () => Promise<unknown>;
  /** Whether an abort may take its place: it begins some work, and cleans nothing up. */
  readonly isAbortable: boolean;
}

/** Some work on files, written once: it yields system calls and gets back their results, or their errors thrown into it. */
export type Operation<T> = Generator<SystemCall, T, unknown>;

type Call<A extends unknown[], T> = (...args: A) => Operation<T>;

/** Bytes that are read or written on this thread at most; more goes through the thread pool. */
export const SMALL: number = 64 * 1024;

interface CallTraits<A extends unknown[]> {
  readonly isSlow?: (...args: A) => boolean;
  readonly isAbortable?: boolean;
}

function systemCall<A extends unknown[], T>(
  here: (...args: A) => T,
  inPool: (...args: A) => Promise<T>,
  { isSlow, isAbortable = false }: CallTraits<A> = {},
): Call<A, T> {
  return function* (...args) {
    const now = isSlow?.(...args) === true ? undefined : () => here(...args);
    return (yield { now, later: () => inPool(...args), isAbortable }) as T;
  };
}

/** Waits for something that is no system call. */
export function* waitFor<T>(later: () => Promise<T>): Operation<T> {
  return (yield { now: undefined, later, isAbortable: true }) as T;
}

const fstatLater = promisify<number, fs.Stats>(fs.fstat);

export const open: Call<[path: string, flags: number, mode?: number], number> = systemCall(
  fs.openSync,
  promisify(fs.open),
  { isAbortable: true },
);
export const close: Call<[fd: number], void> = systemCall(fs.closeSync, promisify(fs.close));
export const fstat: Call<[fd: number], fs.Stats> = systemCall(
  (fd: number) => fs.fstatSync(fd),
  (fd: number) => fstatLater(fd),
);
export const lstat: Call<[path: string], fs.Stats> = systemCall(
  (path: string) => fs.lstatSync(path),
  (path: string) => fs.promises.lstat(path),
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
  { isSlow: (_fd, _buffer, _offset, length) => length > SMALL, isAbortable: true },
);
/** Writes up to `length` bytes, maybe fewer. */
export const write: Call<[fd: number, buffer: Uint8Array, offset: number, length: number], number> =
  systemCall(
    (fd: number, buffer: Uint8Array, offset: number, length: number) =>
      fs.writeSync(fd, buffer, offset, length),
    writeLater,
    { isSlow: (_fd, _buffer, _offset, length) => length > SMALL, isAbortable: true },
  );
export const fsync: Call<[fd: number], void> = systemCall(fs.fsyncSync, promisify(fs.fsync), {
  isSlow: () => true,
});
/** Times in seconds. */
export const futimes: Call<[fd: number, accessed: number, modified: number], void> = systemCall(
  fs.futimesSync,
  promisify(fs.futimes),
);
export const utimes: Call<[path: string, accessed: Date, modified: Date], void> = systemCall(
  fs.utimesSync,
  promisify(fs.utimes),
);
export const fchmod: Call<[fd: number, mode: number], void> = systemCall(fs.fchmodSync, promisify(fs.fchmod));
export const fchown: Call<[fd: number, uid: number, gid: number], void> = systemCall(
  fs.fchownSync,
  promisify(fs.fchown),
);
export const rename: Call<[from: string, to: string], void> = systemCall(fs.renameSync, promisify(fs.rename));
export const link: Call<[from: string, to: string], void> = systemCall(fs.linkSync, promisify(fs.link));
export const unlink: Call<[path: string], void> = systemCall(fs.unlinkSync, promisify(fs.unlink));
export const mkdir: Call<[path: string], void> = systemCall(
  (path) => fs.mkdirSync(path),
  (path) => fs.promises.mkdir(path),
);
/** Makes a directory and its parents, whatever is there already. */
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
  { isAbortable: true },
);
/** Names as the bytes they are. */
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
