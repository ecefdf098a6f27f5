import {
  type Capabilities,
  type ChecksumManyOptions,
  type ChecksumOptions,
  type Content,
  type CreateOptions,
  type DeleteOptions,
  type FileBackend,
  type FileInfo,
  type GlobFilesOptions,
  type GlobOptions,
  type InfoOptions,
  isSyncFileBackend,
  type ListDirectoryOptions,
  type OperationOptions,
  type PublishOptions,
  type ReadOptions,
  type ReadTextOptions,
  type SearchOptions,
  type SearchResult,
  type SessionOptions,
  type StreamReadOptions,
  type StreamReadTextOptions,
  type StreamWriteOptions,
  type SyncConflict,
  type SyncFileBackend,
  type SyncSession,
  type TransferOptions,
  type UpdateOptions,
} from '@f9/core';
import { type BackendDriver, backendError } from '@f9/core/driver';
import { activeVaultOf } from './active-vault.ts';
import { defaultRegistry } from './default-registry.ts';
import type { VaultRegistry } from './vault-registry.ts';

/**
 * The active vault of a registry as a backend: every call goes to the vault that is active where the call is made, so that one object serves a
 * whole program. Outside of a `vaultContext` every call is `INVALID_ARGUMENT`. Disposing it disposes no vault.
 */
export class VaultContext implements SyncFileBackend {
  readonly #registry: VaultRegistry;
  readonly #pinned: FileBackend | undefined;

  /** @param pinned the vault to work on whatever is active; see `withVault` */
  constructor(registry: VaultRegistry = defaultRegistry, pinned?: FileBackend) {
    this.#registry = registry;
    this.#pinned = pinned;
  }

  /** The same interface on one vault of the registry, whatever is active. @throws `NOT_FOUND` */
  async withVault(name: string): Promise<VaultContext> {
    return new VaultContext(this.#registry, await this.#registry.get(name));
  }

  get name(): string {
    return this.#vault.name;
  }

  get capabilities(): Capabilities {
    return this.#vault.capabilities;
  }

  get driver(): BackendDriver {
    return this.#vault.driver;
  }

  async create(path: string, options?: CreateOptions): Promise<FileInfo> {
    return await this.#vault.create(path, options);
  }

  read(path: string, options?: ReadOptions): Promise<Uint8Array>;
  read(path: string, options: ReadTextOptions): Promise<string>;
  async read(path: string, options?: ReadOptions | ReadTextOptions): Promise<Uint8Array | string> {
    return await this.#vault.read(path, options as ReadOptions);
  }

  async update(path: string, options: UpdateOptions): Promise<FileInfo> {
    return await this.#vault.update(path, options);
  }

  async delete(path: string, options?: DeleteOptions): Promise<void> {
    await this.#vault.delete(path, options);
  }

  async info(path: string, options?: InfoOptions): Promise<FileInfo> {
    return await this.#vault.info(path, options);
  }

  async exists(path: string, options?: OperationOptions): Promise<boolean> {
    return await this.#vault.exists(path, options);
  }

  list(path?: string, options?: ListDirectoryOptions): AsyncIterable<FileInfo> {
    return this.#orFail(
      (vault) => vault.list(path, options),
      (error) => new ReadableStream({ start: (controller) => controller.error(error) }),
    );
  }

  async copy(from: string, to: string, options?: TransferOptions): Promise<FileInfo> {
    return await this.#vault.copy(from, to, options);
  }

  async move(from: string, to: string, options?: TransferOptions): Promise<FileInfo> {
    return await this.#vault.move(from, to, options);
  }

  streamRead(path: string, options?: StreamReadOptions): ReadableStream<Uint8Array>;
  streamRead(path: string, options: StreamReadTextOptions): ReadableStream<string>;
  streamRead(
    path: string,
    options?: StreamReadOptions | StreamReadTextOptions,
  ): ReadableStream<Uint8Array> | ReadableStream<string> {
    return this.#orFail<ReadableStream<Uint8Array>>(
      (vault) => vault.streamRead(path, options as StreamReadOptions),
      (error) => new ReadableStream({ start: (controller) => controller.error(error) }),
    );
  }

  async streamWrite(path: string, options: StreamWriteOptions): Promise<FileInfo> {
    return await this.#vault.streamWrite(path, options);
  }

  async checksum(path: string, options?: ChecksumOptions): Promise<string> {
    return await this.#vault.checksum(path, options);
  }

  async checksumMany(paths: Iterable<string>, options?: ChecksumManyOptions): Promise<Map<string, string>> {
    return await this.#vault.checksumMany(paths, options);
  }

  async glob(pattern: string, options?: GlobOptions): Promise<string[]> {
    return await this.#vault.glob(pattern, options);
  }

  async globFiles(pattern: string, options?: GlobFilesOptions): Promise<string[]> {
    return await this.#vault.globFiles(pattern, options);
  }

  async globDirs(pattern: string, options?: GlobFilesOptions): Promise<string[]> {
    return await this.#vault.globDirs(pattern, options);
  }

  async search(query: string, options?: SearchOptions & OperationOptions): Promise<SearchResult[]> {
    return await this.#vault.search(query, options);
  }

  syncSession(options?: SessionOptions): Promise<SyncSession>;
  syncSession<T>(body: (session: SyncSession) => Promise<T>, options?: SessionOptions): Promise<T>;
  async syncSession<T>(
    bodyOrOptions?: ((session: SyncSession) => Promise<T>) | SessionOptions,
    options?: SessionOptions,
  ): Promise<SyncSession | T> {
    return typeof bodyOrOptions === 'function'
      ? await this.#vault.syncSession(bodyOrOptions, options)
      : await this.#vault.syncSession(bodyOrOptions);
  }

  async push(options?: PublishOptions): Promise<void> {
    await this.#remote.push(options);
  }

  async pull(options?: OperationOptions): Promise<void> {
    await this.#remote.pull(options);
  }

  async sync(options?: PublishOptions): Promise<void> {
    await this.#remote.sync(options);
  }

  async conflictReport(options?: OperationOptions): Promise<SyncConflict[]> {
    return await this.#remote.conflictReport(options);
  }

  async conflictAcceptLocal(path: string, options?: OperationOptions): Promise<void> {
    await this.#remote.conflictAcceptLocal(path, options);
  }

  async conflictAcceptRemote(path: string, options?: OperationOptions): Promise<void> {
    await this.#remote.conflictAcceptRemote(path, options);
  }

  async conflictKeepBoth(path: string, options?: OperationOptions): Promise<void> {
    await this.#remote.conflictKeepBoth(path, options);
  }

  async conflictResolve(path: string, options: { readonly data: Content } & OperationOptions): Promise<void> {
    await this.#remote.conflictResolve(path, options);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // The vaults belong to the registry, or to whoever registered them.
  }

  /** @throws `INVALID_ARGUMENT` where no vault is active */
  get #vault(): FileBackend {
    const vault = this.#pinned ?? activeVaultOf(this.#registry)?.backend;
    if (vault !== undefined) return vault;
    throw backendError('INVALID_ARGUMENT', 'No vault is active here; run this inside vaultContext(name, …)');
  }

  /** @throws `UNSUPPORTED` where the active vault has no remote */
  get #remote(): SyncFileBackend {
    const vault = this.#vault;
    if (isSyncFileBackend(vault)) return vault;
    throw backendError('UNSUPPORTED', `The ${vault.name} backend has no remote to be in step with`);
  }

  /** For what may not throw at once: the failure comes out of what is returned. */
  #orFail<T>(call: (vault: FileBackend) => T, failed: (error: unknown) => T): T {
    let vault: FileBackend;
    try {
      vault = this.#vault;
    } catch (error) {
      return failed(error);
    }
    return call(vault);
  }
}
