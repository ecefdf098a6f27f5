import {
  type Capabilities,
  type ChecksumAlgorithm,
  type FileInfo,
  type FileVersion,
  isFileBackendError,
  type OperationOptions,
  type ReadOptions,
  type SearchOptions,
  type SearchResult,
  type VaultChanges,
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
  type DriverHistoryOptions,
  type DriverOptions,
  type DriverReadOptions,
  type DriverSession,
  innermost,
  isDirectoryKept,
  joinPath,
  type ListOptions,
  linkParts,
  type MakeDirectoryOptions,
  moveByCopying,
  notFound,
  openDriver,
  type RemoveOptions,
  ROOT,
  realPathOf,
  type WriteOptions,
} from '@f9/core/driver';
import { sharedCapabilities } from './capabilities.ts';
import { treeChangesSince, watchTree } from './changes.ts';
import { fixedDirectory, listTree } from './listing.ts';
import { rememberParts } from './lock-order.ts';
import { contentOf, entryIn, runIn, toldInTree, vaultOf } from './parts.ts';
import { searchTree } from './search.ts';
import { MountSession } from './session.ts';
import { inTree, inVault, type Located, type MountTable } from './table.ts';

/** Bytes per read of a mounted vault. */
const BLOCK = 1024 * 1024;

/** Several vaults as one tree. Each call goes to the vault around its path, through that vault's own rich interface. */
export class MountedDriver implements BackendDriver {
  readonly name = 'mount';
  readonly capabilities: Capabilities;
  /** Present only where every vault tells of changes by itself: if one has to be listed again and again, so has the tree. */
  readonly watch?: NonNullable<BackendDriver['watch']>;
  readonly #table: MountTable;

  constructor(table: MountTable) {
    this.#table = table;
    const vaults = table.mounts.map(({ vault }) => vault);
    this.capabilities = sharedCapabilities(vaults.map(({ capabilities }) => capabilities));
    if (this.capabilities.watch === 'native') this.watch = (path, how) => watchTree(table, path, how);
    rememberParts(this, vaults);
    linkParts(
      this,
      table.mounts.map(({ point, vault }) => ({ point, driver: vault.driver })),
    );
  }

  async stat(path: BackendPath, call: DriverOptions): Promise<FileInfo | undefined> {
    const located = this.#table.locate(path);
    const found = located && (await this.#stat(located, call));
    return this.#table.isFixed(path) && found?.isDir !== true ? fixedDirectory(path) : found;
  }

  async *read(path: BackendPath, options: DriverReadOptions): AsyncIterable<Uint8Array> {
    const located = this.#file(path);
    try {
      const how = { ...reading(options), chunkSize: BLOCK };
      yield* vaultOf(located.mount, options).streamRead(inVault(located), how);
    } catch (error) {
      throw toldInTree(located.mount, options, error);
    }
  }

  async readFile(path: BackendPath, options: DriverReadOptions): Promise<Uint8Array> {
    return await runIn(this.#file(path), options, (vault, file) => vault.read(file, reading(options)));
  }

  async write(path: BackendPath, source: ByteSource, options: WriteOptions): Promise<FileInfo> {
    if (this.#table.isFixed(path)) assertWritable(path, fixedDirectory(path), options);
    const located = this.#table.locate(path);
    if (located === undefined) throw options.ifMissing === 'fail' ? notFound(path) : nothingMounted(path);
    const { permissions } = options;
    const content = { ...passOn(options), permissions, data: contentOf(source) };
    return await entryIn(located, options, (vault, file) =>
      options.ifMissing === 'fail'
        ? vault.update(file, content)
        : vault.create(file, { ...content, overwrite: options.ifExists === 'replace' }),
    );
  }

  async append(path: BackendPath, source: ByteSource, options: AppendOptions): Promise<FileInfo> {
    const content = { ...passOn(options), data: contentOf(source), append: true };
    return await entryIn(this.#file(path), options, (vault, file) => vault.update(file, content));
  }

  async makeDirectory(path: BackendPath, options: MakeDirectoryOptions): Promise<FileInfo> {
    if (this.#table.isFixed(path)) {
      const current = (await this.stat(path, options)) ?? fixedDirectory(path);
      isDirectoryKept(path, current, options);
      return current;
    }
    const located = this.#table.locate(path);
    if (located === undefined) throw nothingMounted(path);
    const how = { ...passOn(options), isDirectory: true, overwrite: options.ifExists === 'keep' };
    return await entryIn(located, options, (vault, folder) => vault.create(folder, how));
  }

  async remove(path: BackendPath, options: RemoveOptions): Promise<void> {
    await runIn(this.#removable(path), options, (vault, each) => vault.delete(each, passOn(options)));
  }

  async removeTree(path: BackendPath, options: DriverOptions): Promise<void> {
    const how = { ...passOn(options), recursive: true };
    await runIn(this.#removable(path), options, (vault, each) => vault.delete(each, how));
  }

  async copy(from: BackendPath, to: BackendPath, options: WriteOptions): Promise<FileInfo> {
    const [source, target] = this.#pair(from, to, options);
    if (source.mount !== target?.mount) {
      return await this.write(to, this.read(from, passOn(options)), options);
    }
    const how = { ...passOn(options), overwrite: options.ifExists === 'replace' };
    return await entryIn(target, options, (vault, file) => vault.copy(inVault(source), file, how));
  }

  async move(from: BackendPath, to: BackendPath, options: WriteOptions): Promise<FileInfo> {
    const [source, target] = this.#pair(from, to, options);
    // The vault that the file leaves guards the move, whatever the tree as a whole promises: see `capabilitiesAt`.
    if (source.mount !== target?.mount) return await moveByCopying(this, from, to, options);
    const how = { ...passOn(options), overwrite: options.ifExists === 'replace' };
    return await entryIn(target, options, (vault, file) => vault.move(inVault(source), file, how));
  }

  async checksum(path: BackendPath, algorithm: ChecksumAlgorithm, call: DriverOptions): Promise<string> {
    const how = { ...passOn(call), algorithm };
    return await runIn(this.#file(path), call, (vault, file) => vault.checksum(file, how));
  }

  async checksumMany(
    paths: readonly BackendPath[],
    algorithm: ChecksumAlgorithm,
    { concurrency, ...call }: DriverChecksumManyOptions,
  ): Promise<Map<BackendPath, string>> {
    const how = { ...passOn(call), algorithm, concurrency };
    const files = paths.filter((path) => !this.#table.isFixed(path));
    const sums = new Map<BackendPath, string>();
    for (const mount of this.#table.mounts) {
      const inside = files.filter((path) => this.#table.locate(path)?.mount === mount);
      if (inside.length === 0) continue;
      const names = inside.map((path) => inVault(this.#table.locate(path)!));
      const found = await runIn({ mount, path: ROOT }, call, (vault) => vault.checksumMany(names, how));
      for (const [i, path] of inside.entries()) {
        const sum = found.get(names[i]!);
        if (sum !== undefined) sums.set(path, sum);
      }
    }
    return sums;
  }

  async *list(path: BackendPath, options: ListOptions): AsyncIterable<readonly FileInfo[]> {
    if (this.#table.locate(path) === undefined && !this.#table.isFixed(path)) throw notFound(path);
    yield* listTree(this.#table, path, options);
  }

  async search(query: string, options: SearchOptions & DriverOptions): Promise<SearchResult[]> {
    return await searchTree(this.#table, query, options);
  }

  async *history(path: BackendPath, options: DriverHistoryOptions): AsyncIterable<FileVersion> {
    const located = this.#file(path);
    const { signal, limit, followRenames } = options;
    const { mount } = located;
    try {
      const versions = vaultOf(mount, options).history(inVault(located), { signal, limit, followRenames });
      for await (const version of versions) yield { ...version, path: inTree(mount, version.path) };
    } catch (error) {
      throw toldInTree(mount, options, error);
    }
  }

  async changesSince(cursor: string | undefined, call: DriverOptions): Promise<VaultChanges> {
    return await treeChangesSince(this.#table, cursor, call);
  }

  async realPath(path: BackendPath, call: DriverOptions): Promise<BackendPath> {
    const located = this.#table.locate(path);
    if (located === undefined || this.#table.isFixed(path)) return path;
    const { mount } = located;
    try {
      await openDriver(mount.vault.driver, call.signal);
      return inTree(mount, await realPathOf(mount.vault.driver, located.path, { signal: call.signal }));
    } catch (error) {
      throw toldInTree(mount, call, error);
    }
  }

  capabilitiesAt(path: BackendPath): Capabilities {
    const located = this.#table.locate(path);
    if (located === undefined) return this.capabilities;
    const { driver, capabilities } = located.mount.vault;
    const there = driver.capabilitiesAt?.(located.path) ?? capabilities;
    // Feed and search cover the whole tree, wherever they are asked for.
    return { ...there, changes: this.capabilities.changes, search: this.capabilities.search };
  }

  async acquireSession(options: AcquireSessionOptions): Promise<DriverSession> {
    return await MountSession.acquire(this.#table.mounts, options);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // The owners of the vaults dispose them.
  }

  async #stat(located: Located, call: DriverOptions): Promise<FileInfo | undefined> {
    // That a vault is not found says nothing of what is in it.
    await openDriver(located.mount.vault.driver, call.signal);
    try {
      return await entryIn(located, call, (vault, path) => vault.info(path, passOn(call)));
    } catch (error) {
      if (isFileBackendError(error, 'NOT_FOUND')) return undefined;
      throw error;
    }
  }

  /** The place of a file to be read. @throws `NOT_FOUND`, `IS_DIRECTORY` */
  #file(path: BackendPath): Located {
    if (this.#table.isFixed(path)) assertReadable(path, fixedDirectory(path));
    const located = this.#table.locate(path);
    if (located === undefined) throw notFound(path);
    return located;
  }

  /** @throws `NOT_FOUND`, `BUSY` */
  #removable(path: BackendPath): Located {
    const located = this.#table.locate(path);
    if (located === undefined && !this.#table.isFixed(path)) throw notFound(path);
    if (located !== undefined && !this.#table.isFixed(path)) return located;
    throw backendError(
      'BUSY',
      `${JSON.stringify(path)} is a mount point or leads to one, and stays while it is mounted`,
      { path, retryable: false },
    );
  }

  /**
   * The places where a copy or move begins and ends; the target has no vault where nothing is mounted, which `write` explains.
   *
   * @throws `INVALID_ARGUMENT` where both are one file, of a vault that is mounted twice
   */
  #pair(from: BackendPath, to: BackendPath, options: WriteOptions): [Located, Located | undefined] {
    const source = this.#file(from);
    if (this.#table.isFixed(to)) assertWritable(to, fixedDirectory(to), options);
    const target = this.#table.locate(to);
    if (target !== undefined && isOneFile(source, target)) {
      throw backendError(
        'INVALID_ARGUMENT',
        `${JSON.stringify(from)} and ${JSON.stringify(to)} are one file, of a vault that is mounted twice`,
        { path: from },
      );
    }
    return [source, target];
  }
}

function isOneFile(a: Located, b: Located): boolean {
  const [x, y] = [innermost(a.mount.vault.driver), innermost(b.mount.vault.driver)];
  return x.driver === y.driver && joinPath(x.base, a.path) === joinPath(y.base, b.path);
}

function nothingMounted(path: BackendPath): Error {
  return backendError(
    'READ_ONLY',
    `Nothing is mounted at ${JSON.stringify(path)} to write it to; mount a vault at "/" or there`,
    { path },
  );
}

/** Options of a call that mean the same to the vault. A condition that is passed as `undefined` would be refused. */
function passOn({
  signal,
  ifMatch,
}: DriverOptions & { readonly ifMatch?: string | undefined }): OperationOptions & {
  ifMatch?: string;
} {
  return { signal, ...(ifMatch === undefined ? {} : { ifMatch }) };
}

function reading({ signal, offset, length, version }: DriverReadOptions): ReadOptions {
  return { signal, version, ...(offset === undefined && length === undefined ? {} : { offset, length }) };
}
