import type { Capabilities, ChecksumAlgorithm, FileInfo, SearchOptions, SearchResult } from '@f9/core';
import {
  type AcquireSessionOptions,
  type AppendOptions,
  type BackendDriver,
  type BackendPath,
  type ByteSource,
  checksumOf,
  type DriverChecksumManyOptions,
  type DriverOptions,
  type DriverSession,
  forEachConcurrently,
  type ListOptions,
  type MakeDirectoryOptions,
  notDirectory,
  notFound,
  queueSession,
  type ReadRange,
  type RemoveOptions,
  ROOT,
  type WriteOptions,
} from '@f9/core/driver';
import type { ContentStore } from './bytes/content-store.ts';
import { FileReader } from './bytes/file-reader.ts';
import type { FileEntry } from './entries/entry.ts';
import type { SharedState } from './entries/shared-state.ts';
import { StoreIndex } from './entries/store-index.ts';
import type { ResolvedOptions } from './options.ts';
import { searchFiles } from './search/search.ts';
import type { Call } from './service/call.ts';
import type { Service } from './service/service.ts';
import { assertUsable, warnIfItExpires } from './service/vector-stores.ts';
import { Attachment } from './writing/attachment.ts';
import { Background } from './writing/background.ts';
import { Commits } from './writing/commits.ts';
import { GarbageCollector, type GarbageOptions, type GarbageReport } from './writing/garbage.ts';
import { Heads } from './writing/heads.ts';
import { Removal } from './writing/removal.ts';
import { StoreWriter } from './writing/store-writer.ts';
import { Uploader } from './writing/uploader.ts';
import { Uploads } from './writing/uploads.ts';

/** Entries given out at a time by `list`. */
const BATCH = 1000;
/** Files that are read at the same time for checksums of another algorithm. */
const CHECKSUMS_AT_ONCE = 8;

/** Files in a vector store. An index of the store's lists tells what is where, so that no file is asked for by itself. */
export class OpenAIDriver implements BackendDriver {
  readonly name = 'openai';
  readonly capabilities: Capabilities;
  readonly #service: Service;
  readonly #contentStore: ContentStore | undefined;
  readonly #shared: SharedState;
  readonly #index: StoreIndex;
  readonly #reader: FileReader;
  readonly #writer: StoreWriter;
  readonly #garbage: GarbageCollector;
  readonly #background = new Background();

  /** @param shared what the backends of this process on the store have in common */
  constructor(
    service: Service,
    contentStore: ContentStore | undefined,
    shared: SharedState,
    options: ResolvedOptions,
  ) {
    const { admission } = shared;
    const background = this.#background;
    shared.changes.keepFor(options.settleWithin);
    const index = new StoreIndex(service, shared, options.cacheTtl);
    const reader = new FileReader(service, contentStore, shared, index, options);
    const removal = new Removal(service, contentStore, shared, index, background);
    const attachment = new Attachment(service, admission, options);
    const uploads = new Uploads(service, attachment, admission);
    const uploader = new Uploader(service, contentStore, index, admission, attachment, uploads, options);
    const heads = new Heads(index, attachment, admission, uploads);
    const commits = new Commits(service.clock, shared, index, uploads, heads, removal);
    this.#service = service;
    this.#contentStore = contentStore;
    this.#shared = shared;
    this.#index = index;
    this.#reader = reader;
    this.#writer = new StoreWriter(shared, index, attachment, uploader, commits, reader, removal, background);
    this.#garbage = new GarbageCollector(service, contentStore, shared, index, removal);
    this.capabilities = {
      exclusiveCreate: 'emulated',
      ifMatch: 'emulated',
      append: 'emulated',
      move: 'native',
      search: true,
      symlinks: false,
      emptyDirectories: true,
      caseSensitive: true,
      consistency: 'eventual',
      settleWithin: options.settleWithin,
      lockScope: 'process',
      transactional: false,
      versions: false,
      watch: 'polled',
      changes: false,
      checksums: ['sha256'],
      maxFileSize: undefined,
    };
  }

  async open(call: DriverOptions): Promise<void> {
    const store = await this.#service.retrieveStore(call);
    assertUsable(store);
    warnIfItExpires(store);
  }

  async stat(path: BackendPath, call: DriverOptions): Promise<FileInfo | undefined> {
    return (await this.#index.tree(call)).info(path);
  }

  async statMany(
    paths: readonly BackendPath[],
    call: DriverOptions,
  ): Promise<readonly (FileInfo | undefined)[]> {
    const tree = await this.#index.tree(call);
    return paths.map((path) => tree.info(path));
  }

  read(path: BackendPath, { signal, ...range }: ReadRange & DriverOptions): AsyncGenerator<Uint8Array> {
    return this.#reader.read(path, range, { signal, path });
  }

  async write(path: BackendPath, source: ByteSource, options: WriteOptions): Promise<FileInfo> {
    return await this.#writer.write(path, source, options);
  }

  async append(path: BackendPath, source: ByteSource, options: AppendOptions): Promise<FileInfo> {
    return await this.#writer.append(path, source, options);
  }

  async makeDirectory(path: BackendPath, options: MakeDirectoryOptions): Promise<FileInfo> {
    return await this.#writer.makeDirectory(path, options);
  }

  async remove(path: BackendPath, options: RemoveOptions): Promise<void> {
    await this.#writer.remove(path, options);
  }

  async removeTree(path: BackendPath, options: DriverOptions): Promise<void> {
    await this.#writer.removeTree(path, options);
  }

  async move(from: BackendPath, to: BackendPath, options: WriteOptions): Promise<FileInfo> {
    return await this.#writer.move(from, to, options);
  }

  async *list(
    path: BackendPath,
    { signal, recursive, maxDepth = Number.POSITIVE_INFINITY, onSkipped }: ListOptions,
  ): AsyncGenerator<readonly FileInfo[]> {
    const tree = await this.#index.tree({ signal });
    const directory = tree.info(path);
    if (directory === undefined) throw notFound(path);
    if (!directory.isDir) throw notDirectory(path);
    // An entry without a path lies in no directory, so it is told of where everything is listed.
    if (path === ROOT && recursive) {
      for (const shown of tree.unnameable()) onSkipped?.({ path: shown, reason: 'unnameable' });
    }
    const entries = tree.below(path, recursive ? maxDepth : 1);
    for (let i = 0; i < entries.length; i += BATCH) yield entries.slice(i, i + BATCH);
  }

  async checksum(path: BackendPath, algorithm: ChecksumAlgorithm, options: DriverOptions): Promise<string> {
    const file = (await this.#index.tree(options)).readable(path);
    if (algorithm === 'sha256' && (await this.#stored([file], options)).length > 0) return file.sha256;
    return await checksumOf(this.read(path, options), algorithm);
  }

  /** Leaves out files that cannot be read any more, so that a mirror writes them anew. */
  async checksumMany(
    paths: readonly BackendPath[],
    algorithm: ChecksumAlgorithm,
    options: DriverChecksumManyOptions,
  ): Promise<Map<BackendPath, string>> {
    const tree = await this.#index.tree(options);
    const files = paths.flatMap((path) => tree.file(path) ?? []);
    const stored = await this.#stored(files, options);
    if (algorithm === 'sha256') return new Map(stored.map(({ path, sha256 }) => [path, sha256]));
    const sums = new Map<BackendPath, string>();
    await forEachConcurrently(stored, options.concurrency ?? CHECKSUMS_AT_ONCE, async ({ path }) => {
      sums.set(path, await checksumOf(this.read(path, options), algorithm));
    });
    return sums;
  }

  /** The files whose bytes are known to be there. Where a list shows too few parts, it is read a second time. */
  async #stored(files: readonly FileEntry[], call: Call): Promise<FileEntry[]> {
    const isWhole = (file: FileEntry): boolean => this.#index.known().hasAllParts(file);
    if (!files.every(isWhole)) await this.#index.refreshed(call);
    const whole = files.filter(isWhole);
    const isBlob = ({ bytes }: FileEntry): boolean => bytes.form === 'external';
    if (this.#contentStore === undefined || !whole.some(isBlob)) return whole;
    const blobs = new Set(await this.#contentStore.writeIds(call));
    return whole.filter((file) => !isBlob(file) || blobs.has(file.writeId));
  }

  async search(
    query: string,
    { signal, session: _, ...options }: SearchOptions & DriverOptions,
  ): Promise<SearchResult[]> {
    const tree = await this.#index.tree({ signal });
    return await searchFiles(this.#service, tree, this.#reader, query, options, { signal });
  }

  async acquireSession(options: AcquireSessionOptions): Promise<DriverSession> {
    return await queueSession(this.name, this.#shared.sessionLock, options);
  }

  async collectGarbage(options: GarbageOptions, call: Call): Promise<GarbageReport> {
    return await this.#garbage.collect(options, call);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#index.close();
    await this.#background.close();
  }
}
