import { resolve } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
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
  chunksOf,
  concatBytes,
  type DriverOptions,
  type DriverSession,
  directoryNotEmpty,
  isDirectoryKept,
  type ListOptions,
  type MakeDirectoryOptions,
  notDirectory,
  notFound,
  type ReadRange,
  type RemoveOptions,
  ROOT,
  regroup,
  type WriteOptions,
} from '@f9/core/driver';
import { type DatabaseOptions, openDatabase, openSnapshot } from './database.ts';
import { explainSqlite } from './errors.ts';
import { acquireSession } from './session-lock.ts';
import { type Entry, infoOf, keyOf, Store, startOf } from './store.ts';

/** Bytes per row: a file is never in memory whole, however large it is. */
const BLOCK = 256 * 1024;
/** Entries per page of a listing. */
const PAGE = 500;
/** Milliseconds after which what a writer left behind cannot be a writer at work. */
const ABANDONED_AFTER = 24 * 60 * 60 * 1000;

const CAPABILITIES: Capabilities = {
  exclusiveCreate: 'native',
  ifMatch: 'native',
  append: 'native',
  move: 'native',
  search: false,
  symlinks: false,
  emptyDirectories: true,
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

/** What a writer has put into the database, before anybody can see it. */
interface Staged {
  readonly content: number;
  readonly size: number;
}

export class SqliteDriver implements BackendDriver {
  readonly name = 'sqlite';
  readonly capabilities: Capabilities = CAPABILITIES;
  readonly #options: DatabaseOptions;
  #database: DatabaseSync | undefined;
  #store!: Store;

  constructor(options: DatabaseOptions) {
    this.#options = { ...options, path: resolve(options.path) };
  }

  async open(): Promise<void> {
    run(() => {
      this.#database ??= openDatabase(this.#options);
      this.#store = new Store(this.#database);
      this.#store.discardAbandoned(Date.now() - ABANDONED_AFTER);
    });
  }

  async stat(path: BackendPath, _options: DriverOptions): Promise<FileInfo | undefined> {
    return run(() => this.#info(path));
  }

  async *read(path: BackendPath, { signal, ...range }: ReadRange & DriverOptions): AsyncIterable<Uint8Array> {
    const { size } = run(() => this.#file(path, this.#store));
    if (size <= BLOCK) {
      yield await this.readFile(path, range);
      return;
    }
    // Others may replace the file while it is read; a snapshot goes on showing it as it was.
    const snapshot = run(() => openSnapshot(this.#options.path));
    try {
      const blocks = blocksOf(this.#file(path, new Store(snapshot)), new Store(snapshot), range);
      while (true) {
        signal?.throwIfAborted();
        const { value, done } = run(() => blocks.next());
        if (done === true) return;
        yield value;
      }
    } finally {
      snapshot.close();
    }
  }

  async readFile(path: BackendPath, range: ReadRange & DriverOptions): Promise<Uint8Array> {
    // The entry and its blocks as they are at one moment: another process may replace the file between two statements.
    return run(() =>
      this.#store.snapshot(() =>
        concatBytes([...blocksOf(this.#file(path, this.#store), this.#store, range)]),
      ),
    );
  }

  async write(path: BackendPath, source: ByteSource, options: WriteOptions): Promise<FileInfo> {
    run(() => assertWritable(path, this.#info(path), options));
    return await this.#withStaged(source, options, (staged) => {
      // Much may have happened while the source was read.
      const current = this.#store.entry(path);
      assertWritable(path, current && infoOf(current), options);
      this.#store.removeBlocks(current?.content ?? null);
      return this.#put(path, current, staged.content, staged);
    });
  }

  async append(path: BackendPath, source: ByteSource, options: AppendOptions): Promise<FileInfo> {
    run(() => this.#file(path, this.#store));
    return await this.#withStaged(source, options, (staged) => {
      const current = this.#file(path, this.#store);
      assertMatch(path, infoOf(current), options.ifMatch);
      this.#store.joinBlocks(current.content, staged.content, current.size);
      const size = current.size + staged.size;
      return this.#put(path, current, current.content, { content: staged.content, size });
    });
  }

  async makeDirectory(path: BackendPath, options: MakeDirectoryOptions): Promise<FileInfo> {
    return run(() =>
      this.#store.transaction(() => {
        const current = this.#info(path);
        if (isDirectoryKept(path, current, options)) return current!;
        return this.#put(path, undefined, null, { content: 0, size: 0 });
      }),
    );
  }

  async remove(path: BackendPath, { ifMatch }: RemoveOptions): Promise<void> {
    run(() =>
      this.#store.transaction(() => {
        const entry = this.#store.entry(path);
        if (entry === undefined) throw notFound(path);
        assertMatch(path, infoOf(entry), ifMatch);
        if (this.#store.hasChildren(path)) throw directoryNotEmpty(path);
        this.#store.removeBlocks(entry.content);
        this.#store.forget(path);
      }),
    );
  }

  async removeTree(path: BackendPath, _options: DriverOptions): Promise<void> {
    run(() => this.#store.transaction(() => this.#store.removeTree(path)));
  }

  async move(from: BackendPath, to: BackendPath, options: WriteOptions): Promise<FileInfo> {
    return run(() =>
      this.#store.transaction(() => {
        const source = this.#file(from, this.#store);
        const target = this.#store.entry(to);
        assertWritable(to, target && infoOf(target), options);
        this.#store.removeBlocks(target?.content ?? null);
        this.#store.put({ ...source, path: to });
        this.#store.forget(from);
        return infoOf({ ...source, path: to });
      }),
    );
  }

  async *list(path: BackendPath, { recursive, signal }: ListOptions): AsyncIterable<readonly FileInfo[]> {
    const info = run(() => this.#info(path));
    if (info === undefined) throw notFound(path);
    if (!info.isDir) throw notDirectory(path);
    let after = startOf(path);
    while (true) {
      signal?.throwIfAborted();
      const page = { after, size: PAGE };
      const entries = run(() =>
        recursive ? this.#store.descendants(path, page) : this.#store.children(path, page),
      );
      yield entries.map(infoOf);
      if (entries.length < PAGE) return;
      after = keyOf(entries.at(-1)!.path);
    }
  }

  async acquireSession(options: AcquireSessionOptions): Promise<DriverSession> {
    try {
      return await acquireSession(this.name, this.#options.path, options);
    } catch (error) {
      throw explainSqlite(error);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#database?.close();
  }

  #info(path: BackendPath): FileInfo | undefined {
    if (path === ROOT) return new FileInfo({ path, fileType: 'directory' });
    const entry = this.#store.entry(path);
    return entry && infoOf(entry);
  }

  /** @throws `NOT_FOUND`, `IS_DIRECTORY` */
  #file(path: BackendPath, store: Store): Entry & { readonly content: number } {
    const entry = store.entry(path);
    assertReadable(path, path === ROOT ? this.#info(path) : entry && infoOf(entry));
    return entry as Entry & { readonly content: number };
  }

  /** @param version what the etag is: the newest content that went into the file */
  #put(
    path: BackendPath,
    current: Entry | undefined,
    content: number | null,
    { content: version, size }: Staged,
  ): FileInfo {
    const now = Date.now();
    const entry = { path, content, version, size, createdAt: current?.createdAt ?? now, modifiedAt: now };
    this.#store.put(entry);
    return infoOf(entry);
  }

  /** Puts the source into the database bit by bit, seen by nobody, and then shows it in one step. */
  async #withStaged(
    source: ByteSource,
    { signal }: DriverOptions,
    show: (staged: Staged) => FileInfo,
  ): Promise<FileInfo> {
    const content = run(() => this.#store.stage());
    try {
      let size = 0;
      for await (const chunk of regroup(chunksOf(source), BLOCK)) {
        signal?.throwIfAborted();
        run(() => this.#store.addBlock(content, size, chunk));
        size += chunk.length;
      }
      signal?.throwIfAborted();
      return run(() =>
        this.#store.transaction(() => {
          this.#store.unstage(content);
          return show({ content, size });
        }),
      );
    } catch (error) {
      run(() => this.#store.discard(content));
      throw error;
    }
  }
}

function blocksOf(
  { content, size }: Entry & { readonly content: number },
  store: Store,
  { offset = 0, length = size }: ReadRange,
): Generator<Uint8Array, void, void> {
  return store.blocks(content, offset, Math.min(size, offset + length));
}

/** Runs what talks to SQLite. @throws errors of f9 */
function run<T>(body: () => T): T {
  try {
    return body();
  } catch (error) {
    throw explainSqlite(error);
  }
}
