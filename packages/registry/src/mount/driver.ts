import {
  type Capabilities,
  type ChecksumAlgorithm,
  type FileBackend,
  FileInfo,
  isFileBackendError,
  type SearchOptions,
  type SearchResult,
} from '@f9/core';
import {
  type AcquireSessionOptions,
  type AppendOptions,
  assertReadable,
  assertWritable,
  type BackendDriver,
  type BackendPath,
  type ByteSource,
  backendError,
  type DriverChecksumManyOptions,
  type DriverOptions,
  type DriverSession,
  isDirectoryKept,
  isWithin,
  type ListOptions,
  type MakeDirectoryOptions,
  moveByCopying,
  notFound,
  parentPath,
  type ReadRange,
  type RemoveOptions,
  ROOT,
  type WriteOptions,
} from '@f9/core/driver';
import { sharedCapabilities } from './capabilities.ts';
import { inBatches, mergeEntries } from './merge-entries.ts';
import { MountSession } from './session.ts';
import { inTree, type Mount, type MountTable, type Place } from './table.ts';

/** Bytes per read of a mounted vault. */
const BLOCK = 1024 * 1024;
/** Entries per batch of a listing. */
const BATCH = 256;
/** Results of a search, by contract. */
const DEFAULT_LIMIT = 10;

/** Several vaults as one tree. Each call goes to the vault that its path lies in, through that vault's own rich interface. */
export class MountedDriver implements BackendDriver {
  readonly name = 'mount';
  readonly capabilities: Capabilities;
  readonly #table: MountTable;

  constructor(table: MountTable) {
    this.#table = table;
    this.capabilities = sharedCapabilities(table.mounts.map(({ vault }) => vault.capabilities));
  }

  async stat(path: BackendPath, call: DriverOptions): Promise<FileInfo | undefined> {
    const place = this.#table.locate(path);
    const found = place && (await this.#stat(place, call));
    return this.#table.isFixed(path) && found?.isDir !== true ? directory(path) : found;
  }

  async *read(path: BackendPath, options: ReadRange & DriverOptions): AsyncIterable<Uint8Array> {
    const place = this.#file(path);
    try {
      const how = { ...passOn(options), chunkSize: BLOCK };
      yield* this.#vault(place.mount, options).streamRead(inVault(place), how);
    } catch (error) {
      throw explain(place, options, error);
    }
  }

  async readFile(path: BackendPath, options: ReadRange & DriverOptions): Promise<Uint8Array> {
    return await this.#in(this.#file(path), options, (vault, file) => vault.read(file, passOn(options)));
  }

  async write(path: BackendPath, source: ByteSource, options: WriteOptions): Promise<FileInfo> {
    if (this.#table.isFixed(path)) assertWritable(path, directory(path), options);
    const place = this.#table.locate(path);
    if (place === undefined) throw options.ifMissing === 'fail' ? notFound(path) : nothingMounted(path);
    const content = { ...passOn(options), data: contentOf(source) };
    return await this.#entryIn(place, options, (vault, file) =>
      options.ifMissing === 'fail'
        ? vault.update(file, content)
        : vault.create(file, { ...content, overwrite: options.ifExists === 'replace' }),
    );
  }

  async append(path: BackendPath, source: ByteSource, options: AppendOptions): Promise<FileInfo> {
    const content = { ...passOn(options), data: contentOf(source), append: true };
    return await this.#entryIn(this.#file(path), options, (vault, file) => vault.update(file, content));
  }

  async makeDirectory(path: BackendPath, options: MakeDirectoryOptions): Promise<FileInfo> {
    if (this.#table.isFixed(path)) {
      const current = (await this.stat(path, options)) ?? directory(path);
      isDirectoryKept(path, current, options);
      return current;
    }
    const place = this.#table.locate(path);
    if (place === undefined) throw nothingMounted(path);
    const how = { ...passOn(options), isDirectory: true, overwrite: options.ifExists === 'keep' };
    return await this.#entryIn(place, options, (vault, folder) => vault.create(folder, how));
  }

  async remove(path: BackendPath, options: RemoveOptions): Promise<void> {
    await this.#in(this.#removable(path), options, (vault, each) => vault.delete(each, passOn(options)));
  }

  async removeTree(path: BackendPath, options: DriverOptions): Promise<void> {
    const how = { ...passOn(options), recursive: true };
    await this.#in(this.#removable(path), options, (vault, each) => vault.delete(each, how));
  }

  async copy(from: BackendPath, to: BackendPath, options: WriteOptions): Promise<FileInfo> {
    const [source, target] = this.#pair(from, to, options);
    if (source.mount !== target?.mount)
      return await this.write(to, this.read(from, passOn(options)), options);
    const how = { ...passOn(options), overwrite: options.ifExists === 'replace' };
    return await this.#entryIn(target, options, (vault, file) => vault.copy(inVault(source), file, how));
  }

  async move(from: BackendPath, to: BackendPath, options: WriteOptions): Promise<FileInfo> {
    const [source, target] = this.#pair(from, to, options);
    if (source.mount !== target?.mount) return await moveByCopying(this, from, to, options);
    const how = { ...passOn(options), overwrite: options.ifExists === 'replace' };
    return await this.#entryIn(target, options, (vault, file) => vault.move(inVault(source), file, how));
  }

  async checksum(path: BackendPath, algorithm: ChecksumAlgorithm, call: DriverOptions): Promise<string> {
    const how = { ...passOn(call), algorithm };
    return await this.#in(this.#file(path), call, (vault, file) => vault.checksum(file, how));
  }

  async checksumMany(
    paths: readonly BackendPath[],
    algorithm: ChecksumAlgorithm,
    { concurrency, ...call }: DriverChecksumManyOptions,
  ): Promise<Map<BackendPath, string>> {
    const how = { ...passOn(call), algorithm, ...(concurrency === undefined ? {} : { concurrency }) };
    const files = paths.filter((path) => !this.#table.isFixed(path));
    const sums = new Map<BackendPath, string>();
    for (const mount of this.#table.mounts) {
      const inside = files.filter((path) => this.#table.locate(path)?.mount === mount);
      if (inside.length === 0) continue;
      const names = inside.map((path) => inVault(this.#table.locate(path)!));
      const found = await this.#in({ mount, path: ROOT }, call, (vault) => vault.checksumMany(names, how));
      for (const [i, path] of inside.entries()) {
        const sum = found.get(names[i]!);
        if (sum !== undefined) sums.set(path, sum);
      }
    }
    return sums;
  }

  async *list(path: BackendPath, options: ListOptions): AsyncIterable<readonly FileInfo[]> {
    if (this.#table.locate(path) === undefined && !this.#table.isFixed(path)) throw notFound(path);
    yield* inBatches(this.#entries(path, options), BATCH);
  }

  async search(
    query: string,
    { path, limit = DEFAULT_LIMIT, filters, ...call }: SearchOptions & DriverOptions,
  ): Promise<SearchResult[]> {
    const below = (path ?? ROOT) as BackendPath;
    const place = this.#table.locate(below);
    const places = this.#table.mounts
      .filter(({ point }) => point !== place?.mount.point && isWithin(point, below))
      .map((mount): Place => ({ mount, path: ROOT }));
    const searched = [...(place === undefined ? [] : [place]), ...places].filter(
      ({ mount }) => mount.vault.capabilities.search,
    );
    if (searched.length === 0) {
      throw backendError(
        'UNSUPPORTED',
        `No vault that is mounted at or below ${JSON.stringify(below)} can be searched`,
      );
    }
    const options = { ...passOn(call), limit, ...(filters === undefined ? {} : { filters }) };
    const found = await Promise.all(
      searched.map(async (each) => {
        const { mount } = each;
        const results = await this.#in(each, call, (vault, base) =>
          vault.search(query, { ...options, path: base }),
        );
        return results
          .map((result) => ({ ...result, path: inTree(mount, result.path) }))
          .filter((result) => this.#table.isVisible(result.path, mount));
      }),
    );
    return found
      .flat()
      .sort((a, b) => b.score - a.score)
      .slice(0, limit);
  }

  async acquireSession(options: AcquireSessionOptions): Promise<DriverSession> {
    return await MountSession.acquire(this.#table.mounts, options);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // The vaults are their owners' to dispose.
  }

  /** What the tree shows below a directory: the vault's own entries, and in their place the directories of mounts. */
  async *#entries(path: BackendPath, options: ListOptions): AsyncGenerator<FileInfo, void, void> {
    const fixed = this.#table
      .fixedBelow(path)
      .filter((each) => options.recursive || parentPath(each) === path);
    const own = this.#ownEntries(path, options);
    yield* fixed.length === 0 ? own : mergeEntries(own, this.#fixedEntries(fixed, options));
  }

  async *#ownEntries(
    path: BackendPath,
    { recursive, ...call }: ListOptions,
  ): AsyncGenerator<FileInfo, void, void> {
    const place = this.#table.locate(path);
    if (place === undefined) return;
    const how = { ...passOn(call), recursive };
    try {
      for await (const entry of this.#vault(place.mount, call).list(inVault(place), how)) {
        const shown = inTree(place.mount, entry.path);
        if (this.#table.isVisible(shown, place.mount)) yield entry.with({ path: shown });
      }
    } catch (error) {
      // A directory that leads to a mount point need not be in the vault around it.
      const isNoDirectory =
        isFileBackendError(error, 'NOT_FOUND') || isFileBackendError(error, 'NOT_DIRECTORY');
      if (!(isNoDirectory && this.#table.isFixed(path))) throw explain(place, call, error);
    }
  }

  async *#fixedEntries(
    fixed: readonly BackendPath[],
    options: ListOptions,
  ): AsyncGenerator<FileInfo, void, void> {
    for (const path of fixed) {
      yield directory(path);
      const isPoint = this.#table.locate(path)?.path === ROOT;
      if (options.recursive && isPoint) yield* this.#entries(path, options);
    }
  }

  async #stat(place: Place, call: DriverOptions): Promise<FileInfo | undefined> {
    try {
      return await this.#entryIn(place, call, (vault, path) => vault.info(path, passOn(call)));
    } catch (error) {
      if (isFileBackendError(error, 'NOT_FOUND')) return undefined;
      throw error;
    }
  }

  /** The mounted vault, or its part of the session that the call belongs to. */
  #vault(mount: Mount, { session }: DriverOptions): FileBackend {
    return session instanceof MountSession ? session.of(mount) : mount.vault;
  }

  async #in<T>(
    place: Place,
    call: DriverOptions,
    body: (vault: FileBackend, path: string) => Promise<T>,
  ): Promise<T> {
    try {
      return await body(this.#vault(place.mount, call), inVault(place));
    } catch (error) {
      throw explain(place, call, error);
    }
  }

  async #entryIn(
    place: Place,
    call: DriverOptions,
    body: (vault: FileBackend, path: string) => Promise<FileInfo>,
  ): Promise<FileInfo> {
    const found = await this.#in(place, call, body);
    return found.with({ path: inTree(place.mount, found.path) });
  }

  /** Where a file is to be read. @throws `NOT_FOUND`, `IS_DIRECTORY` */
  #file(path: BackendPath): Place {
    if (this.#table.isFixed(path)) assertReadable(path, directory(path));
    const place = this.#table.locate(path);
    if (place === undefined) throw notFound(path);
    return place;
  }

  /** @throws `NOT_FOUND`, `BUSY` */
  #removable(path: BackendPath): Place {
    const place = this.#table.locate(path);
    if (place === undefined && !this.#table.isFixed(path)) throw notFound(path);
    if (place !== undefined && !this.#table.isFixed(path)) return place;
    throw backendError(
      'BUSY',
      `${JSON.stringify(path)} is a mount point or leads to one, and stays while it is mounted`,
      { path, retryable: false },
    );
  }

  /** The places of a copy or move; the target has none where nothing is mounted, which `write` explains. */
  #pair(from: BackendPath, to: BackendPath, options: WriteOptions): [Place, Place | undefined] {
    const source = this.#file(from);
    if (this.#table.isFixed(to)) assertWritable(to, directory(to), options);
    return [source, this.#table.locate(to)];
  }
}

/** Makes an error of a vault speak of the tree's paths; what a caller's source or signal says is not the vault's. */
function explain({ mount }: Place, { signal }: DriverOptions, error: unknown): unknown {
  if (error instanceof SourceFailure) return error.error;
  if (signal?.aborted === true || !isFileBackendError(error) || error.path === undefined) return error;
  const told = error as { path: string; operation: string | undefined; message: string };
  const path = inTree(mount, told.path.replace(/^\//, ''));
  told.message = told.message.replaceAll(JSON.stringify(told.path), JSON.stringify(path));
  told.path = path;
  told.operation = undefined;
  return error;
}

/** Carries what a source throws past the vault that it is written to. */
class SourceFailure {
  readonly error: unknown;

  constructor(error: unknown) {
    this.error = error;
  }
}

function contentOf(source: ByteSource): ByteSource {
  return source instanceof Uint8Array ? source : carryFailure(source);
}

async function* carryFailure(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, void> {
  try {
    yield* source;
  } catch (error) {
    throw new SourceFailure(error);
  }
}

/** The path with its slash, which the rich interface takes for the root too. */
function inVault({ path }: Place): string {
  return `/${path}`;
}

function directory(path: BackendPath): FileInfo {
  return new FileInfo({ path, fileType: 'directory' });
}

function nothingMounted(path: BackendPath): Error {
  return backendError(
    'READ_ONLY',
    `Nothing is mounted at ${JSON.stringify(path)} to write it to; mount a vault at "/" or there`,
    { path },
  );
}

interface Passed extends ReadRange {
  readonly signal?: AbortSignal;
  readonly ifMatch?: string;
}

/** What of a call's options means the same to the vault. */
function passOn({ signal, ifMatch, offset, length }: Passed): Passed {
  return {
    ...(signal === undefined ? {} : { signal }),
    ...(ifMatch === undefined ? {} : { ifMatch }),
    ...(offset === undefined ? {} : { offset }),
    ...(length === undefined ? {} : { length }),
  };
}
