import fs from 'node:fs';
import { join } from 'node:path';
import { type Capabilities, FileInfo } from '@f9/core';
import {
  type AcquireSessionOptions,
  type AppendOptions,
  assertMatch,
  assertReadable,
  assertWritable,
  type BackendDriver,
  type BackendPath,
  type ByteSource,
  backendError,
  bytesOf,
  compareTreeOrder,
  type DriverOptions,
  type DriverSession,
  directoryNotEmpty,
  isDirectoryKept,
  isWithin,
  type ListOptions,
  type MakeDirectoryOptions,
  notDirectory,
  notFound,
  parentPath,
  type ReadRange,
  type RemoveOptions,
  ROOT,
  type WriteOptions,
} from '@f9/core/driver';
import { type Held, hold, holderOf, type LockFaults, locked } from './host-lock.ts';

/** What a driver does wrong between processes. */
export interface Faults extends LockFaults {
  /** Conditions are looked at before the lock is held, and not again. */
  readonly comparesOutside?: boolean;
  /** Writes without a condition take no lock. */
  readonly writesUnlocked?: boolean;
  /** Appends take no lock. */
  readonly appendsUnlocked?: boolean;
  /** A move locks its target only. */
  readonly movesUnlocked?: boolean;
  /** New names are made without looking for others at the same time. */
  readonly namesUnlocked?: boolean;
  /** A file is written in place. */
  readonly writesInPlace?: boolean;
  /** Milliseconds between the look at a file and its change. */
  readonly lingers?: number;
  /** A session whose holder is silent is given to the next one after so many milliseconds, and the holder never looks. */
  readonly sessionsRobbedAfter?: number;
}

/** Bytes of the version that stands before the content of each file. */
const VERSION = 36;

/** Files of one folder, named by their whole path: the least that is exact between processes. */
export class FolderDriver implements BackendDriver {
  readonly name = 'folder';
  readonly capabilities: Capabilities = {
    exclusiveCreate: 'host',
    ifMatch: 'host',
    append: 'host',
    move: 'host',
    search: false,
    symlinks: false,
    emptyDirectories: false,
    caseSensitive: true,
    consistency: 'strong',
    settleWithin: 0,
    lockScope: 'host',
    transactional: false,
    versions: false,
    watch: 'polled',
    changes: false,
    checksums: [],
    maxFileSize: undefined,
  };
  readonly #files: string;
  readonly #locks: string;
  readonly #faults: Faults;

  constructor({ folder, faults }: { readonly folder: string; readonly faults: Faults }) {
    this.#files = join(folder, 'files');
    this.#locks = join(folder, 'locks');
    this.#faults = faults;
  }

  async open(): Promise<void> {
    for (const folder of [this.#files, this.#locks]) fs.mkdirSync(folder, { recursive: true });
  }

  async stat(path: BackendPath): Promise<FileInfo | undefined> {
    return this.#look(path)?.info;
  }

  async *read(path: BackendPath, { offset = 0, length }: ReadRange): AsyncIterable<Uint8Array> {
    const found = this.#look(path);
    assertReadable(path, found?.info);
    yield new Uint8Array(found!.bytes.subarray(offset, length === undefined ? undefined : offset + length));
  }

  async write(path: BackendPath, source: ByteSource, options: WriteOptions): Promise<FileInfo> {
    assertWritable(path, this.#look(path)?.info, options);
    const bytes = (await bytesOf(source)).slice();
    options.signal?.throwIfAborted();
    const { comparesOutside, writesUnlocked } = this.#faults;
    if (comparesOutside === true) assertWritable(path, this.#look(path)?.info, options);
    const put = (): FileInfo => {
      if (comparesOutside !== true) assertWritable(path, this.#look(path)?.info, options);
      return this.#put(path, bytes);
    };
    const isPlain = options.ifMatch === undefined && options.ifExists === 'replace';
    if (isPlain && writesUnlocked === true) return put();
    return await this.#locked([path], options.ifMissing === 'create', put, options);
  }

  async append(path: BackendPath, source: ByteSource, options: AppendOptions): Promise<FileInfo> {
    assertReadable(path, this.#look(path)?.info);
    const bytes = (await bytesOf(source)).slice();
    options.signal?.throwIfAborted();
    const add = (): FileInfo => {
      const current = this.#look(path);
      assertReadable(path, current?.info);
      assertMatch(path, current?.info, options.ifMatch);
      return this.#put(path, Buffer.concat([current!.bytes, bytes]));
    };
    return this.#faults.appendsUnlocked === true ? add() : await this.#locked([path], false, add, options);
  }

  async makeDirectory(path: BackendPath, options: MakeDirectoryOptions): Promise<FileInfo> {
    isDirectoryKept(path, this.#look(path)?.info, options);
    return new FileInfo({ path, fileType: 'directory' });
  }

  async remove(path: BackendPath, options: RemoveOptions): Promise<void> {
    const remove = (): void => {
      const found = this.#look(path);
      if (found === undefined) throw notFound(path);
      if (found.info.isDir) throw directoryNotEmpty(path);
      assertMatch(path, found.info, options.ifMatch);
      fs.unlinkSync(this.#file(path));
    };
    if (this.#faults.writesUnlocked === true) remove();
    else await this.#locked([path], false, remove, options);
  }

  async move(from: BackendPath, to: BackendPath, options: WriteOptions): Promise<FileInfo> {
    const move = (): FileInfo => {
      assertReadable(from, this.#look(from)?.info);
      assertWritable(to, this.#look(to)?.info, options);
      this.#assertParents(to);
      fs.renameSync(this.#file(from), this.#file(to));
      return this.#look(to)!.info;
    };
    return await this.#locked(this.#faults.movesUnlocked === true ? [to] : [from, to], true, move, options);
  }

  async *list(path: BackendPath, { recursive }: ListOptions): AsyncIterable<readonly FileInfo[]> {
    const found = this.#look(path);
    if (found === undefined) throw notFound(path);
    if (!found.info.isDir) throw notDirectory(path);
    const entries = new Set<BackendPath>();
    for (const file of this.#paths()) {
      for (let at = file; at !== path && isWithin(at, path); at = parentPath(at)) entries.add(at);
    }
    const wanted = [...entries].filter((each) => recursive || parentPath(each) === path);
    yield wanted.sort(compareTreeOrder).flatMap((each) => this.#look(each)?.info ?? []);
  }

  async acquireSession({ timeout, signal }: AcquireSessionOptions): Promise<DriverSession> {
    const { sessionsRobbedAfter: robsAfter } = this.#faults;
    const limit = AbortSignal.timeout(Math.min(timeout, 2 ** 31 - 1));
    const either = signal === undefined ? limit : AbortSignal.any([signal, limit]);
    let held: Held;
    try {
      held = await hold(this.#locks, 'session', robsAfter === undefined ? {} : { robsAfter }, either);
    } catch (error) {
      if (error !== limit.reason || signal?.aborted === true) throw error;
      const holder = holderOf(this.#locks, 'session');
      throw backendError('LOCK_TIMEOUT', `Waited ${timeout} ms for the session of process ${holder}`);
    }
    return { commitOnSuccess: false, commit: async () => undefined, release: async () => held.release() };
  }

  async [Symbol.asyncDispose](): Promise<void> {}

  /** Holds the locks of paths, and that of all names where one may be new: a file must not be made where a directory is. */
  async #locked<T>(
    paths: readonly BackendPath[],
    mayBeNew: boolean,
    body: () => T,
    { signal }: DriverOptions,
  ): Promise<T> {
    const names = paths.map((path) => `path-${encode(path)}`).toSorted();
    if (mayBeNew && this.#faults.namesUnlocked !== true) names.unshift('names');
    const within = async ([name, ...rest]: readonly string[]): Promise<T> =>
      name === undefined ? body() : await locked(this.#locks, name, this.#faults, () => within(rest), signal);
    return await within(names);
  }

  #put(path: BackendPath, bytes: Uint8Array): FileInfo {
    this.#assertParents(path);
    const { lingers = 0 } = this.#faults;
    if (lingers > 0) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, lingers);
    const content = Buffer.concat([Buffer.from(crypto.randomUUID()), bytes]);
    if (this.#faults.writesInPlace === true) {
      fs.writeFileSync(this.#file(path), content);
    } else {
      const staged = join(this.#locks, `staged-${crypto.randomUUID()}`);
      fs.writeFileSync(staged, content);
      fs.renameSync(staged, this.#file(path));
    }
    return this.#look(path)?.info ?? new FileInfo({ path, fileType: 'file', size: bytes.length });
  }

  #assertParents(path: BackendPath): void {
    for (let parent = parentPath(path); parent !== ROOT; parent = parentPath(parent)) {
      if (fs.existsSync(this.#file(parent))) throw notDirectory(parent);
    }
  }

  #look(path: BackendPath): { readonly info: FileInfo; readonly bytes: Buffer } | undefined {
    const directory = (): FileInfo => new FileInfo({ path, fileType: 'directory' });
    if (path === ROOT) return { info: directory(), bytes: Buffer.alloc(0) };
    try {
      const descriptor = fs.openSync(this.#file(path), 'r');
      try {
        const content = fs.readFileSync(descriptor);
        const bytes = content.subarray(VERSION);
        const modifiedAt = fs.fstatSync(descriptor).mtime;
        const etag = content.toString('latin1', 0, VERSION);
        return {
          info: new FileInfo({ path, fileType: 'file', size: bytes.length, modifiedAt, etag }),
          bytes,
        };
      } finally {
        fs.closeSync(descriptor);
      }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
    const isLedThrough = this.#paths().some((each) => each !== path && isWithin(each, path));
    return isLedThrough ? { info: directory(), bytes: Buffer.alloc(0) } : undefined;
  }

  #paths(): BackendPath[] {
    return fs
      .readdirSync(this.#files)
      .map((name) => Buffer.from(name, 'base64url').toString() as BackendPath);
  }

  #file(path: BackendPath): string {
    return join(this.#files, encode(path));
  }
}

function encode(path: BackendPath): string {
  return Buffer.from(path).toString('base64url');
}
