import { setImmediate } from 'node:timers/promises';
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
  concatBytes,
  createHasher,
  type DriverHistoryOptions,
  type DriverOptions,
  type DriverReadOptions,
  type DriverSession,
  directoryNotEmpty,
  type FileToRemove,
  type FileToWrite,
  isDirectoryKept,
  type ListOptions,
  type MakeDirectoryOptions,
  notDirectory,
  notFound,
  type RemoveOptions,
  type RemoveResults,
  ROOT,
  SessionLine,
  type WriteOptions,
  type WriteResults,
} from '@f9/core/driver';
import { type EmbedPendingOptions, type PassageRange, type PreparedDocument, Searcher } from '@f9/search';
import { explained } from './errors.ts';
import { BLOCK } from './files/contents.ts';
import { type Entry, type FileEntry, infoOf, isFoundByPath, startOf } from './files/entries.ts';
import type { SqliteFileBackendOptions } from './options.ts';
import { LeasedSession } from './sessions/lease.ts';
import { openVaultFile } from './vault/open-vault-file.ts';
import { type Staged, type StagedFile, Staging } from './vault/staging.ts';
import type { VaultFile } from './vault/vault-file.ts';

/** Entries per page of a listing. */
const PAGE = 500;
/** Files of one transaction of many: others wait for it. */
const TOGETHER = 50;

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
      change: async (body) => await this.#vault.write(undefined, body),
      read: (places) => Promise.all(places.map((place) => this.#textAt(place))),
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
    // Others may replace the file while it is read; the snapshot still shows it.
    const snapshot = explained(() => this.#vault.snapshot());
    try {
      const { content, size } = explained(() =>
        version === undefined ? fileIn(path, snapshot.entries.get(path)) : versionIn(snapshot, path, version),
      );
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
      // Entry and blocks are read at one moment.
      statements.reading(() => {
        const { content, size } =
          range.version === undefined ? this.#file(path) : versionIn(this.#vault, path, range.version);
        return concatBytes([...contents.read(content, size, range)]);
      }),
    );
  }

  async statMany(paths: readonly BackendPath[]): Promise<readonly (FileInfo | undefined)[]> {
    return explained(() => this.#vault.statements.reading(() => paths.map((path) => this.#info(path))));
  }

  async write(path: BackendPath, source: ByteSource, options: WriteOptions): Promise<FileInfo> {
    explained(() => assertWritable(path, this.#info(path), options));
    return await this.#withStaged(path, source, options, (staged, document) =>
      this.#replace(path, staged, document, options),
    );
  }

  /** Writes many files in one transaction, so that the disk is waited for once; each succeeds or fails by itself. */
  async writeMany(files: readonly FileToWrite[], options: DriverOptions): Promise<WriteResults> {
    const results: PromiseSettledResult<FileInfo>[] = [];
    for (let from = 0; from < files.length; from += TOGETHER) {
      const staged: PromiseSettledResult<StagedFile>[] = [];
      // One after another, since each holds its bytes.
      for (const { path, source } of files.slice(from, from + TOGETHER))
        staged.push(await settled(() => this.#staging.stage(path, source, options)));
      const written = await this.#change(options, () =>
        staged.map((result, at): PromiseSettledResult<FileInfo> => {
          if (result.status === 'rejected') return result;
          const { path, ...conditions } = files[from + at]!;
          return this.#vault.statements.settled(() =>
            this.#staging.show(result.value, (content, document) =>
              this.#replace(path, content, document, conditions),
            ),
          );
        }),
      );
      await this.#discardUnseen(staged, written);
      results.push(...written);
    }
    return results;
  }

  async removeMany(files: readonly FileToRemove[], options: DriverOptions): Promise<RemoveResults> {
    const results: PromiseSettledResult<void>[] = [];
    for (let from = 0; from < files.length; from += TOGETHER) {
      const removed = await this.#change(options, () =>
        files
          .slice(from, from + TOGETHER)
          .map(({ path, ifMatch }) => this.#vault.statements.settled(() => this.#removeOne(path, ifMatch))),
      );
      results.push(...removed);
    }
    return results;
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
      // History keeps the old content, so the bytes of both go into a new one.
      this.#putAside(current);
      const joined = this.#vault.contents.next();
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
    await this.#change(options, () => this.#removeOne(path, options.ifMatch));
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
        versions.keepDeletion(from, this.#vault.contents.next());
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
    { recursive, maxDepth, onSkipped, signal }: ListOptions,
  ): AsyncIterable<readonly FileInfo[]> {
    this.#vault.assertThere();
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
      const wanted = found.filter((entry) => {
        if (maxDepth !== undefined && entry.path.split('/').length - depth > maxDepth) return false;
        if (isFoundByPath(entry)) return true;
        onSkipped?.({ path: entry.path, reason: 'unnameable' });
        return false;
      });
      yield wanted.map(infoOf);
      if (found.length < PAGE) return;
      after = found.at(-1)!.key;
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
      // Present and former versions are read at one moment: one that is put aside meanwhile is told neither twice nor not at all.
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
    return await SessionLine.of(this.#vault.path).acquire(this.name, options, (left, leave) =>
      this.#vault.lease.acquire(options, left, leave),
    );
  }

  /** Embeds passages that have no vector yet. @returns passages embedded */
  async embedPending(options: EmbedPendingOptions): Promise<number> {
    await this.#indexAll(options.signal);
    return await this.#searcher.embedPending(options);
  }

  /** Passages that wait for a vector; 0 without a model. */
  pendingEmbeddings(): number {
    if (this.#options.embedder === undefined) return 0;
    return explained(() => this.#vault.index.countPending());
  }

  get vaultFile(): VaultFile {
    return this.#vault;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#opened?.close();
  }

  get #staging(): Staging {
    return new Staging(this.#vault);
  }

  get #vault(): VaultFile {
    return this.#opened!;
  }

  /** The present text of a passage; `undefined` where it is gone or damaged, so that its file is not shown. */
  async #textAt({ path, start, end }: PassageRange): Promise<string | undefined> {
    try {
      const bytes = await this.readFile(path as BackendPath, { offset: start, length: end - start });
      return Buffer.from(bytes).toString();
    } catch (error) {
      if (isFileBackendError(error) && !error.retryable) return undefined;
      throw error;
    }
  }

  async #indexAll(signal: AbortSignal | undefined): Promise<void> {
    while (await this.#vault.catchUp(signal)) {
      signal?.throwIfAborted();
      // Other work waits for the event loop as well.
      await setImmediate();
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

  /** Makes one change, all or nothing, and only while the session that it belongs to is still held. */
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

  /** Puts the content of an entry into the history, or removes it. */
  #putAside(entry: Entry): void {
    if (entry.content === null) return;
    if (this.#options.history === true) this.#vault.versions.keep(entry);
    else this.#vault.contents.remove(entry.content);
  }

  #delete(entry: Entry): void {
    this.#putAside(entry);
    if (this.#options.history === true && entry.content !== null) {
      this.#vault.versions.keepDeletion(entry.path, this.#vault.contents.next());
    }
    this.#vault.entries.forget(entry.path);
    this.#vault.index.remove(entry.path);
  }

  #copyOf(content: number): number {
    const copy = this.#vault.contents.next();
    this.#vault.contents.copy(content, copy);
    return copy;
  }

  /** Shows a staged file at a path, in place of the present one. */
  #replace(
    path: BackendPath,
    staged: Staged,
    document: PreparedDocument | undefined,
    conditions: Pick<WriteOptions, 'ifExists' | 'ifMissing' | 'ifMatch'>,
  ): FileInfo {
    // The entry may have changed while the source was read.
    const current = this.#vault.entries.get(path);
    assertWritable(path, current && infoOf(current), conditions);
    if (current !== undefined) this.#putAside(current);
    const info = this.#put(path, current, staged.content, { version: staged.content, ...staged });
    if (document !== undefined) this.#vault.putIndexed(document);
    return info.with({ checksum: staged.sha256 });
  }

  #removeOne(path: BackendPath, ifMatch: string | undefined): void {
    const { entries } = this.#vault;
    const entry = entries.get(path);
    if (entry === undefined) throw notFound(path);
    assertMatch(path, infoOf(entry), ifMatch);
    if (entries.hasChildren(path)) throw directoryNotEmpty(path);
    this.#delete(entry);
  }

  /** Puts the source into the database, and then shows it in one step. */
  async #withStaged(
    path: BackendPath,
    source: ByteSource,
    options: DriverOptions,
    show: (staged: Staged, document: PreparedDocument | undefined) => FileInfo,
  ): Promise<FileInfo> {
    const file = await this.#staging.stage(path, source, options);
    try {
      return await this.#change(options, () => this.#staging.show(file, show));
    } catch (error) {
      await this.#staging.discard(file);
      throw error;
    }
  }

  async #discardUnseen(
    staged: readonly PromiseSettledResult<StagedFile>[],
    written: readonly PromiseSettledResult<FileInfo>[],
  ): Promise<void> {
    for (const [at, result] of staged.entries()) {
      if (result.status === 'fulfilled' && written[at]!.status === 'rejected')
        await this.#staging.discard(result.value);
    }
  }
}

/** The outcome of `body` as a value. */
async function settled<T>(body: () => Promise<T>): Promise<PromiseSettledResult<T>> {
  const [result] = await Promise.allSettled([body()]);
  return result;
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

/** @throws `NOT_FOUND` */
function versionIn(
  { entries, versions }: Pick<VaultFile, 'entries' | 'versions'>,
  path: BackendPath,
  version: string,
): { readonly content: number; readonly size: number } {
  const current = entries.get(path);
  const kept = String(current?.version) === version ? current : versions.get(path, Number(version));
  if (kept === undefined || kept.content === null) {
    throw backendError('NOT_FOUND', `${JSON.stringify(path)} has no version ${version}; see its history`, {
      path,
    });
  }
  return { content: kept.content, size: kept.size };
}
