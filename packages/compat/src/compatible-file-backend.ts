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
import { translated, translateIterable, translateStream } from './errors/translate.ts';

/** A backend whose errors are Node's own, `ENOENT` and not `NOT_FOUND`, also in the middle of a stream or a listing. */
export class CompatibleFileBackend implements SyncFileBackend {
  readonly #backend: FileBackend;

  constructor(backend: FileBackend) {
    this.#backend = backend;
  }

  get name(): string {
    return this.#backend.name;
  }

  get capabilities(): Capabilities {
    return this.#backend.capabilities;
  }

  /** The wrapped backend's: it throws errors of f9. */
  get driver(): BackendDriver {
    return this.#backend.driver;
  }

  async create(path: string, options?: CreateOptions): Promise<FileInfo> {
    return await translated(() => this.#backend.create(path, options));
  }

  read(path: string, options?: ReadOptions): Promise<Uint8Array>;
  read(path: string, options: ReadTextOptions): Promise<string>;
  async read(path: string, options?: ReadOptions | ReadTextOptions): Promise<Uint8Array | string> {
    return await translated(() => this.#backend.read(path, options as ReadOptions));
  }

  async update(path: string, options: UpdateOptions): Promise<FileInfo> {
    return await translated(() => this.#backend.update(path, options));
  }

  async delete(path: string, options?: DeleteOptions): Promise<void> {
    await translated(() => this.#backend.delete(path, options));
  }

  async info(path: string, options?: InfoOptions): Promise<FileInfo> {
    return await translated(() => this.#backend.info(path, options));
  }

  async exists(path: string, options?: OperationOptions): Promise<boolean> {
    return await translated(() => this.#backend.exists(path, options));
  }

  list(path?: string, options?: ListDirectoryOptions): AsyncIterable<FileInfo> {
    return translateIterable(this.#backend.list(path, options));
  }

  async copy(from: string, to: string, options?: TransferOptions): Promise<FileInfo> {
    return await translated(() => this.#backend.copy(from, to, options), { dest: to });
  }

  async move(from: string, to: string, options?: TransferOptions): Promise<FileInfo> {
    return await translated(() => this.#backend.move(from, to, options), { dest: to });
  }

  streamRead(path: string, options?: StreamReadOptions): ReadableStream<Uint8Array>;
  streamRead(path: string, options: StreamReadTextOptions): ReadableStream<string>;
  streamRead(
    path: string,
    options?: StreamReadOptions | StreamReadTextOptions,
  ): ReadableStream<Uint8Array> | ReadableStream<string> {
    return translateStream(this.#backend.streamRead(path, options as StreamReadOptions));
  }

  async streamWrite(path: string, options: StreamWriteOptions): Promise<FileInfo> {
    return await translated(() => this.#backend.streamWrite(path, options));
  }

  async checksum(path: string, options?: ChecksumOptions): Promise<string> {
    return await translated(() => this.#backend.checksum(path, options));
  }

  async checksumMany(paths: Iterable<string>, options?: ChecksumManyOptions): Promise<Map<string, string>> {
    return await translated(() => this.#backend.checksumMany(paths, options));
  }

  async glob(pattern: string, options?: GlobOptions): Promise<string[]> {
    return await translated(() => this.#backend.glob(pattern, options));
  }

  async globFiles(pattern: string, options?: GlobFilesOptions): Promise<string[]> {
    return await translated(() => this.#backend.globFiles(pattern, options));
  }

  async globDirs(pattern: string, options?: GlobFilesOptions): Promise<string[]> {
    return await translated(() => this.#backend.globDirs(pattern, options));
  }

  async search(query: string, options?: SearchOptions & OperationOptions): Promise<SearchResult[]> {
    return await translated(() => this.#backend.search(query, options));
  }

  syncSession(options?: SessionOptions): Promise<SyncSession>;
  syncSession<T>(body: (session: SyncSession) => Promise<T>, options?: SessionOptions): Promise<T>;
  async syncSession<T>(
    bodyOrOptions?: ((session: SyncSession) => Promise<T>) | SessionOptions,
    options?: SessionOptions,
  ): Promise<SyncSession | T> {
    if (typeof bodyOrOptions !== 'function') {
      return new CompatibleSession(await translated(() => this.#backend.syncSession(bodyOrOptions)));
    }
    const body = (session: SyncSession): Promise<T> => bodyOrOptions(new CompatibleSession(session));
    return await translated(() => this.#backend.syncSession(body, options));
  }

  async push(options?: PublishOptions): Promise<void> {
    await translated(() => this.#remote().push(options));
  }

  async pull(options?: OperationOptions): Promise<void> {
    await translated(() => this.#remote().pull(options));
  }

  async sync(options?: PublishOptions): Promise<void> {
    await translated(() => this.#remote().sync(options));
  }

  async conflictReport(options?: OperationOptions): Promise<SyncConflict[]> {
    const conflicts = await translated(() => this.#remote().conflictReport(options));
    return conflicts.map((conflict) => ({
      path: conflict.path,
      status: conflict.status,
      kind: conflict.kind,
      paths: conflict.paths,
      read: (side) => translated(() => conflict.read(side)),
    }));
  }

  async conflictAcceptLocal(path: string, options?: OperationOptions): Promise<void> {
    await translated(() => this.#remote().conflictAcceptLocal(path, options));
  }

  async conflictAcceptRemote(path: string, options?: OperationOptions): Promise<void> {
    await translated(() => this.#remote().conflictAcceptRemote(path, options));
  }

  async conflictKeepBoth(path: string, options?: OperationOptions): Promise<void> {
    await translated(() => this.#remote().conflictKeepBoth(path, options));
  }

  async conflictResolve(path: string, options: { readonly data: Content } & OperationOptions): Promise<void> {
    await translated(() => this.#remote().conflictResolve(path, options));
  }

  /** Leaves the wrapped backend open. */
  async [Symbol.asyncDispose](): Promise<void> {}

  /** @throws `UNSUPPORTED` */
  #remote(): SyncFileBackend {
    if (isSyncFileBackend(this.#backend)) return this.#backend;
    throw backendError('UNSUPPORTED', `The ${this.name} backend has no remote to be in step with`);
  }
}

/** Unlike a wrapped backend, a session is its own: disposing it ends it. */
class CompatibleSession extends CompatibleFileBackend implements SyncSession {
  readonly #session: SyncSession;

  constructor(session: SyncSession) {
    super(session);
    this.#session = session;
  }

  async commit(options?: PublishOptions): Promise<void> {
    await translated(() => this.#session.commit(options));
  }

  override async [Symbol.asyncDispose](): Promise<void> {
    await translated(() => this.#session[Symbol.asyncDispose]());
  }
}
