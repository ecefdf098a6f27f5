import {
  type Capabilities,
  type ChecksumAlgorithm,
  FileInfo,
  type FileVersion,
  isFileBackendError,
  type SearchOptions,
  type SearchResult,
} from '@f9/core';
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
  chunksOf,
  concatBytes,
  createHasher,
  type DriverHistoryOptions,
  type DriverOptions,
  type DriverReadOptions,
  type DriverSession,
  directoryNotEmpty,
  isDirectoryKept,
  type ListOptions,
  type MakeDirectoryOptions,
  notDirectory,
  notFound,
  type RemoveOptions,
  ROOT,
  regroup,
  type WriteOptions,
} from '@f9/core/driver';
import { type EmbedPendingOptions, type PreparedDocument, Searcher } from '@f9/search';
import { explained } from './errors.ts';
import { BLOCK } from './files/contents.ts';
import { type Entry, type FileEntry, infoOf, keyOf, startOf } from './files/entries.ts';
import type { SqliteFileBackendOptions } from './options.ts';
import { LeasedSession } from './sessions/lease.ts';
import { SessionLine } from './sessions/session-line.ts';
import { openVaultFile } from './vault/open-vault-file.ts';
import type { VaultFile } from './vault/vault-file.ts';

/** Entries per page of a listing. */
const PAGE = 500;
/** Bytes of a text that is indexed by the write itself; a longer one is by the next search, so that no writer waits for it. */
const INDEXED_AT_ONCE = 1024 * 1024;

/** What a writer has put into the database, before anybody can see it. */
interface Staged {
  readonly content: number;
  readonly size: number;
  readonly sha256: string;
}

export class SqliteDriver implements BackendDriver {
  readonly name = 'sqlite';
  readonly capabilities: Capabilities;
  readonly #options: SqliteFileBackendOptions;
  #opened: VaultFile | undefined;
  #searcher!: Searcher;

  constructor(options: SqliteFileBackendOptions) {
    this.#options = options;
    this.capabilities = {
      exclusiveCreate: 'native',
      ifMatch: 'native',
      append: 'native',
      move: 'native',
      search: true,
      symlinks: false,
      emptyDirectories: true,
      caseSensitive: true,
      consistency: 'strong',
      settleWithin: 0,
      lockScope: 'host',
      transactional: false,
      checksums: ['sha256'],
      maxFileSize: undefined,
      versions: options.history === true,
      watch: 'polled',
      changes: false,
    };
  }

  async open({ signal }: DriverOptions): Promise<void> {
    this.#opened ??= await openVaultFile(this.#options, signal);
    const { index, analyzer } = this.#vault;
    const { embedder, onFallback } = this.#options;
    this.#searcher = new Searcher({
      store: index,
      analyzer,
      embedder,
      onFallback,
      change: (body) => this.#vault.write(undefined, body),
      read: async (path, start, end) => {
        try {
          return Buffer.from(
            await this.readFile(path as BackendPath, { offset: start, length: end - start }),
          ).toString();
        } catch (error) {
          // Gone, or damaged: then that file is not shown.
          if (isFileBackendError(error) && !error.retryable) return undefined;
          throw error;
        }
      },
    });
  }

  async stat(path: BackendPath, _options: DriverOptions): Promise<FileInfo | undefined> {
    return explained(() => this.#info(path));
  }

  async *read(
    path: BackendPath,
    { signal, version, ...range }: DriverReadOptions,
  ): AsyncIterable<Uint8Array> {
    if (version === undefined) {
      const { size } = explained(() => this.#file(path));
      if (size <= BLOCK) {
        yield await this.readFile(path, range);
        return;
      }
    }
    // Others may replace the file while it is read; a snapshot goes on showing it as it was.
    const snapshot = explained(() => this.#vault.snapshot());
    try {
      const { content, size } =
        version === undefined
          ? fileIn(path, snapshot.entries.get(path))
          : explained(() => this.#version(path, version));
      const blocks = snapshot.contents.read(content, size, range);
      while (true) {
        signal?.throwIfAborted();
        const { value, done } = explained(() => blocks.next());
        if (done === true) return;
        yield value;
      }
    } finally {
      snapshot.close();
    }
  }

  async readFile(path: BackendPath, range: DriverReadOptions): Promise<Uint8Array> {
    const { statements, contents } = this.#vault;
    return explained(() =>
      // Entry and blocks are of one moment.
      statements.reading(() => {
        const { content, size } =
          range.version === undefined ? this.#file(path) : this.#version(path, range.version);
        return concatBytes([...contents.read(content, size, range)]);
      }),
    );
  }

  async write(path: BackendPath, source: ByteSource, options: WriteOptions): Promise<FileInfo> {
    explained(() => assertWritable(path, this.#info(path), options));
    return await this.#withStaged(path, source, options, (staged, document) => {
      // Much may have happened while the source was read.
      const current = this.#vault.entries.get(path);
      assertWritable(path, current && infoOf(current), options);
      if (current !== undefined) this.#putAside(current);
      const info = this.#put(path, current, staged.content, { version: staged.content, ...staged });
      if (document !== undefined) this.#vault.putIndexed(document);
      return info.with({ checksum: staged.sha256 });
    });
  }

  async append(path: BackendPath, source: ByteSource, options: AppendOptions): Promise<FileInfo> {
    explained(() => this.#file(path));
    return await this.#withStaged(path, source, options, (staged) => {
      const current = this.#file(path);
      assertMatch(path, infoOf(current), options.ifMatch);
      const { contents } = this.#vault;
      const size = current.size + staged.size;
      const version = staged.content;
      if (this.#options.history !== true) {
        contents.join(current.content, staged.content, current.size);
        return this.#put(path, current, current.content, { version, size, sha256: null });
      }
      // What was is kept: the bytes of both go into a content of their own.
      this.#putAside(current);
      const joined = this.#newContent();
      contents.copy(current.content, joined);
      contents.join(joined, staged.content, current.size);
      return this.#put(path, current, joined, { version, size, sha256: null });
    });
  }

  async makeDirectory(path: BackendPath, options: MakeDirectoryOptions): Promise<FileInfo> {
    return await this.#change(options, () => {
      const current = this.#info(path);
      if (isDirectoryKept(path, current, options)) return current!;
      return this.#put(path, undefined, null, { version: 0, size: 0, sha256: null });
    });
  }

  async remove(path: BackendPath, options: RemoveOptions): Promise<void> {
    await this.#change(options, () => {
      const { entries } = this.#vault;
      const entry = entries.get(path);
      if (entry === undefined) throw notFound(path);
      assertMatch(path, infoOf(entry), options.ifMatch);
      if (entries.hasChildren(path)) throw directoryNotEmpty(path);
      this.#delete(entry);
    });
  }

  async removeTree(path: BackendPath, options: DriverOptions): Promise<void> {
    await this.#change(options, () => {
      const { entries } = this.#vault;
      for (const entry of entries.files(path)) this.#delete(entry);
      const own = entries.get(path);
      if (own !== undefined && own.content !== null) this.#delete(own);
      entries.forgetTree(path);
    });
  }

  async move(from: BackendPath, to: BackendPath, options: WriteOptions): Promise<FileInfo> {
    return await this.#change(options, () => {
      const { entries, index, versions } = this.#vault;
      const source = this.#file(from);
      const target = entries.get(to);
      assertWritable(to, target && infoOf(target), options);
      if (target !== undefined) this.#putAside(target);
      if (this.#options.history === true) {
        versions.keep({ ...source, content: this.#copyOf(source.content) });
        versions.keepDeletion(from, this.#newContent());
      }
      const moved = { ...source, path: to };
      entries.put(moved);
      entries.forget(from);
      index.remove(from);
      return infoOf(moved);
    });
  }

  async *list(
    path: BackendPath,
    { recursive, maxDepth, signal }: ListOptions,
  ): AsyncIterable<readonly FileInfo[]> {
    const info = explained(() => this.#info(path));
    if (info === undefined) throw notFound(path);
    if (!info.isDir) throw notDirectory(path);
    const depth = path === ROOT ? 0 : path.split('/').length;
    let after = startOf(path);
    while (true) {
      signal?.throwIfAborted();
      const page = { after, size: PAGE };
      const { entries } = this.#vault;
      const found = explained(() =>
        recursive ? entries.descendants(path, page) : entries.children(path, page),
      );
      const wanted =
        maxDepth === undefined
          ? found
          : found.filter((entry) => entry.path.split('/').length - depth <= maxDepth);
      yield wanted.map(infoOf);
      if (found.length < PAGE) return;
      after = keyOf(found.at(-1)!.path);
    }
  }

  async checksum(path: BackendPath, algorithm: ChecksumAlgorithm, options: DriverOptions): Promise<string> {
    const entry = explained(() => this.#file(path));
    if (algorithm === 'sha256' && entry.sha256 !== null) return entry.sha256;
    const hasher = await createHasher(algorithm);
    for await (const block of this.read(path, options)) hasher.update(block);
    const checksum = hasher.digest();
    if (algorithm === 'sha256')
      await this.#vault.write(options.signal, () => this.#vault.entries.keepChecksum(entry, checksum));
    return checksum;
  }

  async search(
    query: string,
    { signal, ...options }: SearchOptions & DriverOptions,
  ): Promise<SearchResult[]> {
    await this.#indexAll(signal);
    try {
      return await this.#searcher.search(query, options, signal);
    } catch (error) {
      return explained(() => {
        throw error;
      });
    }
  }

  async *history(path: BackendPath, { limit, signal }: DriverHistoryOptions): AsyncIterable<FileVersion> {
    const { statements, entries, versions } = this.#vault;
    const kept = explained(() =>
      // What is and what was are of one moment: nothing that is put aside meanwhile is told twice, or not at all.
      statements.reading(() => {
        const current = entries.get(path);
        const now =
          current !== undefined && current.content !== null ? [{ ...current, at: current.modifiedAt }] : [];
        return [...now, ...versions.of(path)];
      }),
    );
    if (kept.length === 0) throw notFound(path);
    for (const { version, at, size, content } of kept.slice(0, limit)) {
      signal?.throwIfAborted();
      yield { version: String(version), at: new Date(at), size, deleted: content === null, path };
    }
  }

  async acquireSession(options: AcquireSessionOptions): Promise<DriverSession> {
    return await SessionLine.of(this.#vault.path).acquire(options, (left, leave) =>
      this.#vault.lease.acquire({ ...options, timeout: left }, leave),
    );
  }

  /** Embeds what has no vector yet. @returns passages embedded */
  async embedPending(options: EmbedPendingOptions): Promise<number> {
    await this.#indexAll(options.signal);
    return await this.#searcher.embedPending(options);
  }

  /** Passages that wait for a vector; 0 without a model. */
  pendingEmbeddings(): number {
    if (this.#options.embedder === undefined) return 0;
    return explained(() => this.#vault.index.countPending());
  }

  /** The file that is open. */
  get vaultFile(): VaultFile {
    return this.#vault;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#opened?.close();
  }

  get #vault(): VaultFile {
    return this.#opened!;
  }

  async #indexAll(signal: AbortSignal | undefined): Promise<void> {
    while (await this.#vault.catchUp(signal)) {
      signal?.throwIfAborted();
      // The event loop is somebody else's as well.
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  #info(path: BackendPath): FileInfo | undefined {
    if (path === ROOT) return new FileInfo({ path, fileType: 'directory' });
    const entry = this.#vault.entries.get(path);
    return entry && infoOf(entry);
  }

  #file(path: BackendPath): FileEntry {
    return fileIn(path, path === ROOT ? ROOT_ENTRY : this.#vault.entries.get(path));
  }

  #version(path: BackendPath, version: string): { readonly content: number; readonly size: number } {
    const current = this.#vault.entries.get(path);
    const kept =
      String(current?.version) === version ? current : this.#vault.versions.get(path, Number(version));
    if (kept === undefined || kept.content === null) {
      throw backendError('NOT_FOUND', `${JSON.stringify(path)} has no version ${version}; see its history`, {
        path,
      });
    }
    return { content: kept.content, size: kept.size };
  }

  /** One change, all or nothing, and only if the session it belongs to is still held. */
  #change<T>({ session, signal }: DriverOptions, body: () => T): Promise<T> {
    return this.#vault.write(signal, () => {
      if (session instanceof LeasedSession) this.#vault.lease.assertHeld(session.number);
      return body();
    });
  }

  #put(
    path: BackendPath,
    current: Entry | undefined,
    content: number | null,
    {
      version,
      size,
      sha256,
    }: { readonly version: number; readonly size: number; readonly sha256: string | null },
  ): FileInfo {
    const now = Date.now();
    const entry = {
      path,
      content,
      version,
      size,
      sha256,
      createdAt: current?.createdAt ?? now,
      modifiedAt: now,
    };
    this.#vault.entries.put(entry);
    return infoOf(entry);
  }

  /** What an entry held goes into the history, or away. */
  #putAside(entry: Entry): void {
    if (entry.content === null) return;
    if (this.#options.history === true) this.#vault.versions.keep(entry);
    else this.#vault.contents.remove(entry.content);
  }

  #delete(entry: Entry): void {
    this.#putAside(entry);
    if (this.#options.history === true && entry.content !== null) {
      this.#vault.versions.keepDeletion(entry.path, this.#newContent());
    }
    this.#vault.entries.forget(entry.path);
    this.#vault.index.remove(entry.path);
  }

  #newContent(): number {
    const content = this.#vault.contents.stage();
    this.#vault.contents.unstage(content);
    return content;
  }

  #copyOf(content: number): number {
    const copy = this.#newContent();
    this.#vault.contents.copy(content, copy);
    return copy;
  }

  /**
   * Puts the source into the database bit by bit, seen by nobody, and then shows it in one step; what fits into a block is put in and
   * shown at once.
   */
  async #withStaged(
    path: BackendPath,
    source: ByteSource,
    options: DriverOptions,
    show: (staged: Staged, document: PreparedDocument | undefined) => FileInfo,
  ): Promise<FileInfo> {
    const { signal } = options;
    const { contents } = this.#vault;
    const hasher = await createHasher('sha256');
    const kept: Uint8Array[] = [];
    let staged: number | undefined;
    let size = 0;
    try {
      for await (const chunk of regroup(chunksOf(source), BLOCK)) {
        signal?.throwIfAborted();
        if (size > 0) {
          const before = staged === undefined ? kept[0] : undefined;
          const at = size;
          staged = await this.#vault.write(signal, () => {
            const content = staged ?? contents.stage();
            if (before !== undefined) contents.add(content, 0, before);
            contents.add(content, at, chunk);
            return content;
          });
        }
        hasher.update(chunk);
        size += chunk.length;
        if (size <= INDEXED_AT_ONCE) kept.push(chunk);
      }
      const bytes = size <= INDEXED_AT_ONCE ? concatBytes(kept) : undefined;
      const document = bytes && this.#vault.document(path, size, bytes);
      const sha256 = hasher.digest();
      return await this.#change(options, () => {
        const content = staged ?? this.#newContent();
        if (staged !== undefined) contents.unstage(content);
        else if (size > 0) contents.add(content, 0, kept[0]!);
        return show({ content, size, sha256 }, document && versioned(document, content));
      });
    } catch (error) {
      const left = staged;
      if (left !== undefined) await this.#vault.write(undefined, () => contents.discard(left));
      throw error;
    }
  }
}

/** A document of a content whose number was not known when it was taken apart. */
function versioned(prepared: PreparedDocument, content: number): PreparedDocument {
  return { ...prepared, document: { ...prepared.document, version: String(content) } };
}

const ROOT_ENTRY: Entry = {
  path: ROOT,
  content: null,
  version: 0,
  size: 0,
  sha256: null,
  createdAt: 0,
  modifiedAt: 0,
};

/** @throws `NOT_FOUND`, `IS_DIRECTORY` */
function fileIn(path: BackendPath, entry: Entry | undefined): FileEntry {
  assertReadable(path, entry && infoOf(entry));
  return entry as FileEntry;
}
