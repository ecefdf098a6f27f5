import { setImmediate } from 'node:timers/promises';
import type {
  Capabilities,
  ChecksumAlgorithm,
  FileInfo,
  FileVersion,
  SearchOptions,
  SearchResult,
  VaultChange,
  VaultChanges,
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
  chunksOf,
  concatBytes,
  createHasher,
  type DriverChecksumManyOptions,
  type DriverHistoryOptions,
  type DriverOptions,
  type DriverReadOptions,
  type DriverSession,
  type DriverWatchOptions,
  type FileToRemove,
  type FileToWrite,
  type ListOptions,
  type MakeDirectoryOptions,
  notDirectory,
  notFound,
  type RemoveOptions,
  type RemoveResults,
  ROOT,
  regroup,
  SessionLine,
  type TransferTreeOptions,
  type WriteOptions,
  type WriteResults,
} from '@f9/core/driver';
import { changesSince } from './changes/feed.ts';
import { watchVault } from './changes/watch.ts';
import type { Row } from './database/connection.ts';
import { BLOCK, readBlocks } from './files/contents.ts';
import {
  ENTRY_COLUMNS,
  type Entry,
  entryOf,
  infoOf,
  keyOf,
  outcomeOf,
  pathOf,
  rootInfo,
} from './files/entries.ts';
import { type PostgresFileBackendOptions, type ResolvedOptions, resolveOptions } from './options.ts';
import { VaultIndex } from './search/vault-index.ts';
import { acquireSession } from './sessions/acquire-session.ts';
import { checkVault, type VaultCheck } from './upkeep/check.ts';
import { OpenVault } from './vault/open-vault.ts';

/** Entries per page of a listing. */
const PAGE = 1000;
/** Most bytes, and most files, that one statement writes. */
const BATCH_BYTES = 4 * 1024 * 1024;
const BATCH_FILES = 500;

const REPLACED = 'be replaced by a file';
const READ = 'be read as a file';

/** Blocks that a writer has put into the database before anybody sees them. */
interface Staged {
  readonly content: number;
  readonly size: number;
  readonly sha256: string;
}

/** One of many files that one statement writes. */
interface SmallFile {
  readonly at: number;
  readonly file: FileToWrite;
  readonly bytes: Uint8Array;
  /** Its part of the search index. */
  readonly document: object;
}

export class PostgresDriver implements BackendDriver {
  readonly name = 'postgres';
  readonly capabilities: Capabilities;
  readonly #options: ResolvedOptions;
  readonly #vault: OpenVault;
  readonly #index: VaultIndex;

  /** @throws `INVALID_ARGUMENT` */
  constructor(options: PostgresFileBackendOptions) {
    this.#options = resolveOptions(options);
    this.#vault = new OpenVault(this.#options);
    this.#index = new VaultIndex(this.#vault, this.#options);
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
      lockScope: 'network',
      transactional: true,
      versions: this.#options.history,
      watch: 'native',
      changes: true,
      checksums: ['sha256'],
      maxFileSize: undefined,
    };
  }

  async open({ signal }: DriverOptions): Promise<void> {
    await this.#vault.open(signal);
    await this.#index.open(signal);
  }

  async stat(path: BackendPath, options: DriverOptions): Promise<FileInfo | undefined> {
    if (path === ROOT) return rootInfo();
    const entry = await this.#entry(path, options);
    return entry && infoOf(path, entry);
  }

  async statMany(
    paths: readonly BackendPath[],
    options: DriverOptions,
  ): Promise<readonly (FileInfo | undefined)[]> {
    const found = await this.#entries(paths, options);
    return paths.map((path) => {
      const entry = found.get(path);
      return path === ROOT ? rootInfo() : entry && infoOf(path, entry);
    });
  }

  read(path: BackendPath, options: DriverReadOptions): AsyncIterable<Uint8Array> {
    if (path === ROOT) assertReadable(path, rootInfo());
    return readBlocks(
      (text, values) => this.#vault.read(text, values, options),
      this.#vault.readers,
      path,
      options,
    );
  }

  async readFile(path: BackendPath, options: DriverReadOptions): Promise<Uint8Array> {
    return concatBytes(await Array.fromAsync(this.read(path, options)));
  }

  async write(path: BackendPath, source: ByteSource, options: WriteOptions): Promise<FileInfo> {
    const { ifExists, ifMissing, ifMatch = null } = options;
    const conditions = [ifExists, ifMissing, ifMatch, this.#options.history];
    if (!(source instanceof Uint8Array)) assertWritable(path, await this.stat(path, options), options);
    return await this.#withStaged(source, options, async (bytes, staged) => {
      const values = [
        path,
        bytes ?? null,
        staged?.content ?? null,
        staged?.size ?? null,
        staged?.sha256 ?? null,
      ];
      // A longer text is left to the next search, so that no writer waits for its index.
      const document = bytes === undefined ? null : JSON.stringify(this.#index.documentOf(path, bytes));
      const [row] = await this.#vault.change(
        'SELECT * FROM write_file($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11::text::json)',
        [...values, ...conditions, document],
        options,
      );
      return written(path, outcomeOf(row, REPLACED));
    });
  }

  async writeMany(files: readonly FileToWrite[], options: DriverOptions): Promise<WriteResults> {
    options.signal?.throwIfAborted();
    const results = new Array<PromiseSettledResult<FileInfo>>(files.length);
    let batch: SmallFile[] = [];
    let size = 0;
    const flush = async (): Promise<void> => {
      if (batch.length === 0) return;
      const sent = batch;
      batch = [];
      size = 0;
      const rows = await this.#vault.change(
        'SELECT * FROM write_files($1, $2::text::json, $3)',
        [
          JSON.stringify(sent.map(({ file, bytes, document }) => jsonOf(file, bytes, document))),
          this.#options.history,
        ],
        options,
      );
      for (const [index, { at, file }] of sent.entries()) {
        results[at] = settled(() => written(file.path, outcomeOf(rows[index], REPLACED)));
      }
    };
    for (const [at, file] of files.entries()) {
      options.signal?.throwIfAborted();
      if (file.source instanceof Uint8Array && file.source.length <= BLOCK) {
        if (size + file.source.length > BATCH_BYTES || batch.length === BATCH_FILES) await flush();
        batch.push({
          at,
          file,
          bytes: file.source,
          document: this.#index.documentOf(file.path, file.source),
        });
        // Taking a text apart takes a while, and other work waits for the event loop as well.
        await setImmediate();
        size += file.source.length;
      } else {
        const { path, source, ...conditions } = file;
        [results[at]] = await Promise.allSettled([this.write(path, source, { ...options, ...conditions })]);
      }
    }
    await flush();
    options.signal?.throwIfAborted();
    return results;
  }

  async append(path: BackendPath, source: ByteSource, options: AppendOptions): Promise<FileInfo> {
    if (!(source instanceof Uint8Array)) {
      const info = await this.stat(path, options);
      assertReadable(path, info);
      assertMatch(path, info, options.ifMatch);
    }
    return await this.#withStaged(source, options, async (bytes, staged) => {
      const [row] = await this.#vault.change(
        'SELECT * FROM append_file($1, $2, $3, $4, $5, $6, $7)',
        [
          path,
          bytes ?? null,
          staged?.content ?? null,
          staged?.size ?? null,
          options.ifMatch ?? null,
          this.#options.history,
        ],
        options,
      );
      return infoOf(path, outcomeOf(row, READ));
    });
  }

  async makeDirectory(path: BackendPath, options: MakeDirectoryOptions): Promise<FileInfo> {
    const [row] = await this.#vault.change(
      'SELECT * FROM make_directory($1, $2, $3)',
      [path, options.ifExists],
      options,
    );
    return infoOf(path, outcomeOf(row, READ));
  }

  async remove(path: BackendPath, options: RemoveOptions): Promise<void> {
    const [row] = await this.#vault.change(
      'SELECT * FROM remove_entry($1, $2, $3, $4)',
      [path, options.ifMatch ?? null, this.#options.history],
      options,
    );
    outcomeOf(row, READ);
  }

  async removeMany(files: readonly FileToRemove[], options: DriverOptions): Promise<RemoveResults> {
    options.signal?.throwIfAborted();
    if (files.length === 0) return [];
    const rows = await this.#vault.change(
      'SELECT * FROM remove_files($1, $2::text::json, $3)',
      [JSON.stringify(files), this.#options.history],
      options,
    );
    return files.map((_, at) => settled(() => void outcomeOf(rows[at], READ)));
  }

  async removeTree(path: BackendPath, options: DriverOptions): Promise<void> {
    await this.#vault.change('SELECT remove_tree($1, $2, $3)', [path, this.#options.history], options);
  }

  async move(from: BackendPath, to: BackendPath, options: WriteOptions): Promise<FileInfo> {
    return await this.#transfer(true, from, to, options);
  }

  async copy(from: BackendPath, to: BackendPath, options: WriteOptions): Promise<FileInfo> {
    return await this.#transfer(false, from, to, options);
  }

  async moveTree(from: BackendPath, to: BackendPath, options: TransferTreeOptions): Promise<FileInfo> {
    return await this.#transferTree(true, from, to, options);
  }

  async copyTree(from: BackendPath, to: BackendPath, options: TransferTreeOptions): Promise<FileInfo> {
    return await this.#transferTree(false, from, to, options);
  }

  async *list(path: BackendPath, options: ListOptions): AsyncIterable<readonly FileInfo[]> {
    const { recursive, maxDepth, signal } = options;
    const depth = recursive ? maxDepth : 1;
    const directory = keyOf(path);
    let after = path === ROOT ? directory : Buffer.concat([directory, Buffer.of(0)]);
    for (let isFirst = true; ; isFirst = false) {
      signal?.throwIfAborted();
      const rows = await this.#page(directory, after, depth, options);
      // A directory with entries surely exists; only an empty one has to be looked for.
      if (isFirst && rows.length === 0) {
        const info = await this.stat(path, options);
        if (info === undefined) throw notFound(path);
        if (!info.isDir) throw notDirectory(path);
      }
      yield rows.map((row) => infoOf(pathOf(row.key), entryOf(row)));
      const last = rows.at(-1);
      if (last === undefined || rows.length < PAGE) return;
      const key = Buffer.from(last.key as Uint8Array);
      // A directory that is not entered is leapt over: no UTF-8 has a byte 255.
      const isLeapt = depth !== undefined && depthOf(key) - (path === ROOT ? 0 : depthOf(directory)) >= depth;
      after = isLeapt ? Buffer.concat([key, Buffer.of(0, 255)]) : key;
    }
  }

  async checksum(path: BackendPath, algorithm: ChecksumAlgorithm, options: DriverOptions): Promise<string> {
    const entry = path === ROOT ? undefined : await this.#entry(path, options);
    assertReadable(path, path === ROOT ? rootInfo() : entry && infoOf(path, entry));
    return await this.#checksumOf(path, entry!, algorithm, options);
  }

  async checksumMany(
    paths: readonly BackendPath[],
    algorithm: ChecksumAlgorithm,
    options: DriverChecksumManyOptions,
  ): Promise<Map<BackendPath, string>> {
    const sums = new Map<BackendPath, string>();
    for (const [path, entry] of await this.#entries(paths, options)) {
      options.signal?.throwIfAborted();
      if (entry.content !== undefined)
        sums.set(path, await this.#checksumOf(path, entry, algorithm, options));
    }
    return sums;
  }

  async search(query: string, options: SearchOptions & DriverOptions): Promise<SearchResult[]> {
    return await this.#index.search(query, options);
  }

  async *history(path: BackendPath, options: DriverHistoryOptions): AsyncIterable<FileVersion> {
    const rows = await this.#vault.read(
      `SELECT version, modified_at AS at, size, content FROM entries WHERE key = $1 AND content IS NOT NULL
       UNION ALL SELECT * FROM (SELECT version, at, size, content FROM versions WHERE key = $1 ORDER BY version DESC) kept`,
      [keyOf(path)],
      options,
    );
    for (const { version, at, size, content } of rows.slice(0, options.limit)) {
      options.signal?.throwIfAborted();
      yield { version: String(version), at: at as Date, size: Number(size), deleted: content === null, path };
    }
  }

  watch(path: BackendPath, options: DriverWatchOptions): AsyncIterable<VaultChange> {
    return watchVault(this.#vault, path, options);
  }

  async changesSince(cursor: string | undefined, options: DriverOptions): Promise<VaultChanges> {
    return await changesSince(this.#vault, cursor, options);
  }

  async acquireSession(options: AcquireSessionOptions): Promise<DriverSession> {
    return await SessionLine.of(this.#vault.place).acquire(this.name, options, (left, leave) =>
      acquireSession(this.#vault.pool, options, left, leave),
    );
  }

  /** The search index of the vault. */
  get index(): VaultIndex {
    return this.#index;
  }

  get vault(): OpenVault {
    return this.#vault;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#vault.close();
  }

  async #entry(path: BackendPath, options: DriverOptions): Promise<Entry | undefined> {
    const [row] = await this.#vault.read(
      `SELECT ${ENTRY_COLUMNS} FROM entries e WHERE key = $1`,
      [keyOf(path)],
      options,
    );
    return row && entryOf(row);
  }

  async #entries(paths: readonly BackendPath[], options: DriverOptions): Promise<Map<BackendPath, Entry>> {
    if (paths.length === 0) return new Map();
    const rows = await this.#vault.read(
      `SELECT ${ENTRY_COLUMNS} FROM json_array_elements_text($1::text::json) path JOIN entries e ON e.key = key_of(path)`,
      [JSON.stringify(paths)],
      options,
    );
    return new Map(rows.map((row) => [pathOf(row.key), entryOf(row)]));
  }

  async #page(
    directory: Uint8Array,
    after: Uint8Array,
    depth: number | undefined,
    options: DriverOptions,
  ): Promise<readonly Row[]> {
    if (depth !== undefined) {
      const text = `SELECT ${ENTRY_COLUMNS} FROM list_page($1, $2, $3, ${PAGE}) e`;
      return await this.#vault.read(text, [directory, after, depth], options);
    }
    const end = directory.length === 0 ? Buffer.of(255) : Buffer.concat([directory, Buffer.of(1)]);
    const text = `SELECT ${ENTRY_COLUMNS} FROM entries e WHERE key > $1 AND key < $2 ORDER BY key LIMIT ${PAGE}`;
    return await this.#vault.read(text, [after, end], options);
  }

  async #checksumOf(
    path: BackendPath,
    entry: Entry,
    algorithm: ChecksumAlgorithm,
    options: DriverOptions,
  ): Promise<string> {
    if (algorithm === 'sha256' && entry.sha256 !== undefined) return entry.sha256;
    const hasher = await createHasher(algorithm);
    for await (const block of this.read(path, options)) hasher.update(block);
    const checksum = hasher.digest();
    if (algorithm === 'sha256') {
      await this.#vault.change(
        'SELECT keep_checksum($1, $2, $3, $4)',
        [path, entry.version, checksum],
        options,
      );
    }
    return checksum;
  }

  async #transfer(
    moves: boolean,
    from: BackendPath,
    to: BackendPath,
    options: WriteOptions,
  ): Promise<FileInfo> {
    const { ifExists, ifMissing, ifMatch = null } = options;
    const [row] = await this.#vault.change(
      'SELECT * FROM transfer_file($1, $2, $3, $4, $5, $6, $7, $8)',
      [moves, from, to, ifExists, ifMissing, ifMatch, this.#options.history],
      options,
    );
    return infoOf(to, outcomeOf(row, row?.at === from ? READ : REPLACED));
  }

  async #transferTree(
    moves: boolean,
    from: BackendPath,
    to: BackendPath,
    options: TransferTreeOptions,
  ): Promise<FileInfo> {
    const [row] = await this.#vault.change(
      'SELECT * FROM transfer_tree($1, $2, $3, $4, $5, $6)',
      [moves, from, to, options.ifExists, this.#options.history],
      options,
    );
    return infoOf(to, outcomeOf(row, REPLACED));
  }

  /**
   * Gives a source that fits into a block to `show` at once. A longer one is first put into the database bit by bit, seen by nobody.
   */
  async #withStaged(
    source: ByteSource,
    options: DriverOptions,
    show: (bytes: Uint8Array | undefined, staged: Staged | undefined) => Promise<FileInfo>,
  ): Promise<FileInfo> {
    if (source instanceof Uint8Array && source.length <= BLOCK) return await show(source, undefined);
    const { signal } = options;
    const hasher = await createHasher('sha256');
    let first: Uint8Array | undefined;
    let content: number | undefined;
    let size = 0;
    try {
      for await (const chunk of regroup(chunksOf(source), BLOCK)) {
        signal?.throwIfAborted();
        hasher.update(chunk);
        if (size === 0) {
          // A copy, since the owner may use the buffer again.
          first = chunk.slice();
        } else {
          content ??= await this.#stage(undefined, 0, first!, options);
          await this.#stage(content, size, chunk, options);
        }
        size += chunk.length;
      }
      if (content === undefined) return await show(first ?? new Uint8Array(), undefined);
      return await show(undefined, { content, size, sha256: hasher.digest() });
    } catch (error) {
      if (content !== undefined) await this.#discard(content, options);
      throw error;
    }
  }

  async #stage(
    content: number | undefined,
    start: number,
    bytes: Uint8Array,
    options: DriverOptions,
  ): Promise<number> {
    const values = [content ?? null, start, bytes];
    const [row] = await this.#vault.change('SELECT stage($1, $2, $3, $4) AS content', values, options);
    return Number(row!.content);
  }

  async check(options: DriverOptions): Promise<VaultCheck> {
    return await checkVault(this.#vault, options);
  }

  /** Removes the blocks of a write that failed; if that fails too, they are removed in a day. */
  async #discard(content: number, { session }: DriverOptions): Promise<void> {
    await this.#vault.read('SELECT discard($1)', [content], { session }).catch(() => undefined);
  }
}

/** The result of a write, with the checksum that the server computed, or that came with the blocks, whose sizes it adds up. */
function written(path: BackendPath, entry: Entry): FileInfo {
  return infoOf(path, entry).with({ checksum: entry.sha256 });
}

function jsonOf(
  { path, ifExists, ifMissing, ifMatch }: FileToWrite,
  bytes: Uint8Array,
  document: object,
): object {
  return {
    path,
    document,
    ifExists,
    ifMissing,
    ifMatch,
    data: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64'),
  };
}

function settled<T>(body: () => T): PromiseSettledResult<T> {
  try {
    return { status: 'fulfilled', value: body() };
  } catch (reason) {
    return { status: 'rejected', reason };
  }
}

/** The number of names in a key. */
function depthOf(key: Uint8Array): number {
  return 1 + key.reduce((count, byte) => (byte === 0 ? count + 1 : count), 0);
}
