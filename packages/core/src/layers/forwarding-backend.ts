import type {
  ChecksumManyOptions,
  ChecksumOptions,
  CreateOptions,
  DeleteOptions,
  EditedContent,
  EditOptions,
  FileBackend,
  GlobFilesOptions,
  GlobOptions,
  HistoryOptions,
  InfoOptions,
  ListDirectoryOptions,
  OperationOptions,
  PublishOptions,
  ReadOptions,
  ReadTextOptions,
  RestoreOptions,
  SessionOptions,
  StreamReadOptions,
  StreamReadTextOptions,
  StreamWriteOptions,
  SyncFileBackend,
  SyncSession,
  TransferOptions,
  UpdateOptions,
  WatchOptions,
} from '../backend.ts';
import { isSyncFileBackend } from '../backend.ts';
import type { Capabilities } from '../capabilities.ts';
import type { VaultChange, VaultChanges } from '../changes.ts';
import type { Content } from '../contents/content.ts';
import type { BackendDriver } from '../driver/driver.ts';
import { backendError } from '../errors.ts';
import type { FileInfo, ListedFile, ListedInfo } from '../file-info.ts';
import type { FileVersion } from '../history.ts';
import type { SearchOptions, SearchResult } from '../search.ts';
import type { SyncConflict } from '../sync.ts';

/**
 * A backend that hands every operation to another one, which a subclass names by `vault`. The hooks `call`, `stream`, `listing` and
 * `session` surround each operation, also those that come later. Disposing it leaves the vault open.
 */
export abstract class ForwardingBackend implements SyncFileBackend {
  /** The vault that operations go to, asked for each of them. May throw: the operation then fails with that. */
  protected abstract get vault(): FileBackend;

  /** Surrounds an operation. @param to the second path of a copy or move */
  protected async call<T>(run: (vault: FileBackend) => Promise<T>, _to?: string): Promise<T> {
    return await run(this.vault);
  }

  /** Surrounds a stream. May not throw; the stream that it gives may fail. */
  protected stream<T>(open: (vault: FileBackend) => ReadableStream<T>): ReadableStream<T> {
    try {
      return open(this.vault);
    } catch (error) {
      return new ReadableStream({ start: (controller) => controller.error(error) });
    }
  }

  /** Surrounds a listing. May not throw; the listing that it gives may fail. */
  protected listing<T>(open: (vault: FileBackend) => AsyncIterable<T>): AsyncIterable<T> {
    try {
      return open(this.vault);
    } catch (error) {
      return failing(error);
    }
  }

  /** Surrounds a session that a caller gets. */
  protected session(session: SyncSession): SyncSession {
    return session;
  }

  get name(): string {
    return this.vault.name;
  }

  /** Capabilities of the vault it stands for. */
  get capabilities(): Capabilities {
    return this.vault.capabilities;
  }

  get driver(): BackendDriver {
    return this.vault.driver;
  }

  create(path: string, options?: CreateOptions): Promise<FileInfo> {
    return this.call((vault) => vault.create(path, options));
  }

  read(path: string, options?: ReadOptions & object): Promise<Uint8Array>;
  read(path: string, options: ReadTextOptions): Promise<string>;
  read(path: string, options?: ReadOptions | ReadTextOptions): Promise<Uint8Array | string> {
    return this.call<Uint8Array | string>((vault) => vault.read(path, options as ReadOptions));
  }

  update(path: string, options: UpdateOptions): Promise<FileInfo> {
    return this.call((vault) => vault.update(path, options));
  }

  edit(
    path: string,
    change: (bytes: Uint8Array) => EditedContent | Promise<EditedContent>,
    options?: EditOptions,
  ): Promise<FileInfo> {
    return this.call((vault) => vault.edit(path, change, options));
  }

  delete(path: string, options?: DeleteOptions): Promise<void> {
    return this.call((vault) => vault.delete(path, options));
  }

  info(path: string, options?: InfoOptions): Promise<FileInfo> {
    return this.call((vault) => vault.info(path, options));
  }

  exists(path: string, options?: OperationOptions): Promise<boolean> {
    return this.call((vault) => vault.exists(path, options));
  }

  list(
    path: string | undefined,
    options: ListDirectoryOptions & { readonly etags: true },
  ): AsyncIterable<ListedFile>;
  list(path?: string, options?: ListDirectoryOptions): AsyncIterable<ListedInfo>;
  list(path?: string, options?: ListDirectoryOptions): AsyncIterable<ListedInfo> {
    return this.listing((vault) => vault.list(path, options));
  }

  copy(from: string, to: string, options?: TransferOptions): Promise<FileInfo> {
    return this.call((vault) => vault.copy(from, to, options), to);
  }

  move(from: string, to: string, options?: TransferOptions): Promise<FileInfo> {
    return this.call((vault) => vault.move(from, to, options), to);
  }

  streamRead(path: string, options?: StreamReadOptions & object): ReadableStream<Uint8Array>;
  streamRead(path: string, options: StreamReadTextOptions): ReadableStream<string>;
  streamRead(
    path: string,
    options?: StreamReadOptions | StreamReadTextOptions,
  ): ReadableStream<Uint8Array> | ReadableStream<string> {
    return this.stream((vault) => vault.streamRead(path, options as StreamReadOptions));
  }

  streamWrite(path: string, options: StreamWriteOptions): Promise<FileInfo> {
    return this.call((vault) => vault.streamWrite(path, options));
  }

  checksum(path: string, options?: ChecksumOptions): Promise<string> {
    return this.call((vault) => vault.checksum(path, options));
  }

  checksumMany(paths: Iterable<string>, options?: ChecksumManyOptions): Promise<Map<string, string>> {
    return this.call((vault) => vault.checksumMany(paths, options));
  }

  glob(pattern: string, options?: GlobOptions): Promise<string[]> {
    return this.call((vault) => vault.glob(pattern, options));
  }

  globFiles(pattern: string, options?: GlobFilesOptions): Promise<string[]> {
    return this.call((vault) => vault.globFiles(pattern, options));
  }

  globDirs(pattern: string, options?: GlobFilesOptions): Promise<string[]> {
    return this.call((vault) => vault.globDirs(pattern, options));
  }

  globInfo(pattern: string, options?: GlobOptions): Promise<ListedInfo[]> {
    return this.call((vault) => vault.globInfo(pattern, options));
  }

  history(path: string, options?: HistoryOptions): AsyncIterable<FileVersion> {
    return this.listing((vault) => vault.history(path, options));
  }

  restore(path: string, options: RestoreOptions): Promise<FileInfo> {
    return this.call((vault) => vault.restore(path, options));
  }

  watch(path?: string, options?: WatchOptions): AsyncIterable<VaultChange> {
    return this.listing((vault) => vault.watch(path, options));
  }

  changesSince(cursor: string | undefined, options?: OperationOptions): Promise<VaultChanges> {
    return this.call((vault) => vault.changesSince(cursor, options));
  }

  search(query: string, options?: SearchOptions & OperationOptions): Promise<SearchResult[]> {
    return this.call((vault) => vault.search(query, options));
  }

  syncSession(options?: SessionOptions): Promise<SyncSession>;
  syncSession<T>(body: (session: SyncSession) => Promise<T>, options?: SessionOptions): Promise<T>;
  syncSession<T>(
    bodyOrOptions?: ((session: SyncSession) => Promise<T>) | SessionOptions,
    options?: SessionOptions,
  ): Promise<SyncSession | T> {
    if (typeof bodyOrOptions === 'function') {
      return this.call((vault) =>
        vault.syncSession((session) => bodyOrOptions(this.session(session)), options),
      );
    }
    return this.call<SyncSession | T>(async (vault) => this.session(await vault.syncSession(bodyOrOptions)));
  }

  push(options?: PublishOptions): Promise<void> {
    return this.call((vault) => remoteOf(vault).push(options));
  }

  pull(options?: OperationOptions): Promise<void> {
    return this.call((vault) => remoteOf(vault).pull(options));
  }

  sync(options?: PublishOptions): Promise<void> {
    return this.call((vault) => remoteOf(vault).sync(options));
  }

  conflictReport(options?: OperationOptions): Promise<SyncConflict[]> {
    return this.call((vault) => remoteOf(vault).conflictReport(options));
  }

  conflictAcceptLocal(path: string, options?: OperationOptions): Promise<void> {
    return this.call((vault) => remoteOf(vault).conflictAcceptLocal(path, options));
  }

  conflictAcceptRemote(path: string, options?: OperationOptions): Promise<void> {
    return this.call((vault) => remoteOf(vault).conflictAcceptRemote(path, options));
  }

  conflictKeepBoth(path: string, options?: OperationOptions): Promise<void> {
    return this.call((vault) => remoteOf(vault).conflictKeepBoth(path, options));
  }

  conflictResolve(path: string, options: { readonly data: Content } & OperationOptions): Promise<void> {
    return this.call((vault) => remoteOf(vault).conflictResolve(path, options));
  }

  close(): Promise<void> {
    return this[Symbol.asyncDispose]();
  }

  /** Leaves the vault open. */
  async [Symbol.asyncDispose](): Promise<void> {}
}

/** @throws `UNSUPPORTED` */
function remoteOf(vault: FileBackend): SyncFileBackend {
  if (isSyncFileBackend(vault)) return vault;
  throw backendError('UNSUPPORTED', `The ${vault.name} backend has no remote to be in step with`);
}

// biome-ignore lint/correctness/useYield: it fails before its first item
async function* failing(error: unknown): AsyncGenerator<never, void, void> {
  throw error;
}
