import { inspect } from 'node:util';
import type {
  ChecksumManyOptions,
  ChecksumOptions,
  CreateOptions,
  DeleteOptions,
  FileBackend,
  GlobFilesOptions,
  GlobOptions,
  InfoOptions,
  ListDirectoryOptions,
  OperationOptions,
  PublishOptions,
  ReadOptions,
  ReadTextOptions,
  SessionOptions,
  StreamReadOptions,
  StreamReadTextOptions,
  StreamWriteOptions,
  SyncSession,
  TransferOptions,
  UpdateOptions,
} from '../backend.ts';
import { DEFAULT_CHUNK_SIZE } from '../backend.ts';
import type { Capabilities } from '../capabilities.ts';
import { assertChecksumAlgorithm } from '../contents/checksum.ts';
import { bytesOf, chunksOf, toByteSource, toChunks } from '../contents/content.ts';
import { decodeText, detectEncoding } from '../contents/text.ts';
import type { BackendDriver, DriverOptions, WriteOptions } from '../driver/driver.ts';
import { closed, type Holder } from '../driver/driver-state.ts';
import { explain } from '../driver/explain.ts';
import { isDirectory as directoryError, notFound, preconditionFailed } from '../driver/path-errors.ts';
import { backendError, isFileBackendError } from '../errors.ts';
import type { FileInfo } from '../file-info.ts';
import { GlobPattern } from '../glob/pattern.ts';
import { type BackendPath, normalizePath, ROOT, sortByBytes } from '../paths/path.ts';
import type { SearchOptions, SearchResult } from '../search.ts';
import { type ActiveSession, sessionAround } from '../sessions/active-session.ts';
import { acquireSession, runBody, runSession, SessionHolder } from '../sessions/sessions.ts';
import { regroup } from '../streams/chunks.ts';
import { createReadStream } from '../streams/read-stream.ts';
import { forEachInTurns } from '../tasks/for-each-in-turns.ts';
import { assertOptions, assertPositiveInteger, assertRange } from './arguments.ts';
import { checksumFile, checksumFiles, globPaths, removeRecursively } from './derived.ts';
import { Operations } from './operations.ts';
import { appendFile, copyTree, moveTree } from './transfer.ts';

/** Bytes that tell the encoding of a file. */
const ENCODING_SAMPLE = 64 * 1024;

/** The rich interface over a driver: the one place where paths, text, errors, abort and sessions get their meaning. */
export class DriverBackend implements FileBackend {
  readonly driver: BackendDriver;
  /** For subclasses that add operations of their own. */
  protected readonly operations: Operations;

  /** @param session the session that every operation of this backend belongs to */
  constructor(driver: BackendDriver, session?: ActiveSession) {
    this.driver = driver;
    this.operations = new Operations(driver, session);
  }

  get name(): string {
    return this.driver.name;
  }

  get capabilities(): Capabilities {
    return this.driver.capabilities;
  }

  /** What is shown of a backend: nothing of where it lies or how it is reached. */
  toJSON(): { readonly name: string; readonly capabilities: Capabilities } {
    return { name: this.name, capabilities: this.capabilities };
  }

  /** Opens the backend now, so that errors surface early; otherwise its first operation does. */
  async open(options: OperationOptions = {}): Promise<this> {
    await this.operations.run('open', undefined, options, async () => undefined);
    return this;
  }

  async create(path: string, options: CreateOptions = {}): Promise<FileInfo> {
    return await this.operations.runOn('create', path, options, async (target, call) => {
      const { data, isDirectory = false, overwrite = false, ifMatch } = options;
      assertNotRoot(target);
      if (isDirectory) {
        if (data !== undefined || ifMatch !== undefined) {
          throw backendError('INVALID_ARGUMENT', 'A directory has neither data nor an etag');
        }
        this.#assertSupport('emptyDirectories');
        return await this.driver.makeDirectory(target, { ...call, ifExists: overwrite ? 'keep' : 'fail' });
      }
      return await this.operations.writeFrom(toByteSource(data === undefined ? '' : data), call, (source) =>
        this.driver.write(target, source, writeOptions(call, this.#createOptions(options))),
      );
    });
  }

  read(path: string, options?: ReadOptions): Promise<Uint8Array>;
  read(path: string, options: ReadTextOptions): Promise<string>;
  async read(path: string, options: ReadOptions | ReadTextOptions = {}): Promise<Uint8Array | string> {
    return await this.operations.runOn('read', path, options, async (target, call) => {
      assertNotDirectory(target);
      const { offset, length } = options as ReadOptions;
      const ranged = offset !== undefined || length !== undefined;
      if (ranged) assertRange(options as ReadOptions);
      const range = ranged
        ? { ...call, offset: offset ?? 0, ...(length === undefined ? {} : { length }) }
        : call;
      const bytes = await (this.driver.readFile?.(target, range) ?? bytesOf(this.driver.read(target, range)));
      return options.binary === false ? decodeText(bytes, target) : bytes;
    });
  }

  async update(path: string, options: UpdateOptions): Promise<FileInfo> {
    return await this.operations.runOn('update', path, options, async (target, call) => {
      assertNotRoot(target);
      const { data, append = false, ...conditions }: Partial<UpdateOptions> = options ?? {};
      const ifMatch = this.#condition(conditions.ifMatch);
      const content = toByteSource(data);
      if (append) this.#assertSupport('append');
      return await this.operations.writeFrom(content, call, (source) =>
        append
          ? appendFile(this.driver, target, source, { ...call, ...ifMatch })
          : this.driver.write(target, source, {
              ...call,
              ...ifMatch,
              ifExists: 'replace',
              ifMissing: 'fail',
            }),
      );
    });
  }

  async delete(path: string, options: DeleteOptions = {}): Promise<void> {
    await this.operations.runOn('delete', path, options, async (target, call) => {
      assertNotRoot(target);
      try {
        await this.driver.remove(target, { ...call, ...this.#condition(options.ifMatch) });
      } catch (error) {
        if (options.recursive !== true || !isFileBackendError(error, 'DIRECTORY_NOT_EMPTY')) throw error;
        // A directory has no etag.
        if (options.ifMatch !== undefined) throw preconditionFailed(target);
        await removeRecursively(this.driver, target, call);
      }
    });
  }

  async info(path: string, options: InfoOptions = {}): Promise<FileInfo> {
    return await this.operations.runOn('info', path, options, async (target, call) => {
      const { checksum, detectEncoding: wantsEncoding } = options;
      if (checksum !== undefined) assertChecksumAlgorithm(checksum);
      const info = await this.driver.stat(target, { ...call, everything: true });
      if (info === undefined) throw notFound(target);
      if (info.fileType !== 'file' || (checksum === undefined && wantsEncoding !== true)) return info;
      return info.with({
        ...(checksum === undefined
          ? {}
          : { checksum: await checksumFile(this.driver, target, checksum, call) }),
        ...(wantsEncoding === true ? { encoding: await this.#encoding(target, call) } : {}),
      });
    });
  }

  async exists(path: string, options: OperationOptions = {}): Promise<boolean> {
    return await this.operations.runOn('exists', path, options, async (target, call) => {
      return (await this.driver.stat(target, call)) !== undefined;
    });
  }

  list(path: string = '/', options: ListDirectoryOptions = {}): AsyncGenerator<FileInfo, void, void> {
    // Like a stream, a listing belongs to the session of whoever asked for it, not of whoever pulls.
    return this.#list(path, options, this.operations.activeSession());
  }

  async *#list(
    path: string,
    options: ListDirectoryOptions,
    active: ActiveSession | undefined,
  ): AsyncGenerator<FileInfo, void, void> {
    const { signal, recursive = false } = options ?? {};
    const { state } = this.operations;
    let batches: AsyncIterator<readonly FileInfo[]> | undefined;
    let isClosed = false;
    // Disposal does not wait for a consumer that takes its time.
    const holder: Holder = {
      close: async () => {
        isClosed = true;
        state.drop(holder);
        await batches?.return?.();
      },
    };
    try {
      assertOptions(options);
      const target = normalizePath(path);
      state.hold(holder);
      const call = await this.operations.prepare(active, signal);
      while (true) {
        if (isClosed) throw closed(this.name);
        batches ??= this.driver.list(target, { ...call, recursive })[Symbol.asyncIterator]();
        const { value, done } = await batches.next();
        if (done === true) return;
        for (const entry of value) {
          if (isClosed) throw closed(this.name);
          signal?.throwIfAborted();
          yield entry;
        }
      }
    } catch (error) {
      throw explain(error, 'list', path, signal);
    } finally {
      // What failed has said so; what was left early has no one to tell.
      await batches?.return?.().catch(() => undefined);
      state.drop(holder);
    }
  }

  async copy(from: string, to: string, options: TransferOptions = {}): Promise<FileInfo> {
    return await this.#transfer('copy', from, to, options, copyTree);
  }

  async move(from: string, to: string, options: TransferOptions = {}): Promise<FileInfo> {
    return await this.#transfer('move', from, to, options, moveTree);
  }

  streamRead(path: string, options?: StreamReadOptions): ReadableStream<Uint8Array>;
  streamRead(path: string, options: StreamReadTextOptions): ReadableStream<string>;
  streamRead(
    path: string,
    options: StreamReadOptions | StreamReadTextOptions = {},
  ): ReadableStream<Uint8Array> | ReadableStream<string> {
    const { signal, chunkSize = DEFAULT_CHUNK_SIZE, offset = 0, length } = options ?? {};
    // The session a stream belongs to is that of whoever asked for it, not of whoever pulls.
    const active = this.operations.activeSession();
    return createReadStream({
      signal,
      chunkSize,
      textOf: options?.binary === false ? path : undefined,
      state: this.operations.state,
      closed: () => closed(this.name),
      explain: (error) => explain(error, 'streamRead', path, signal),
      check: () => {
        assertOptions(options);
        assertPositiveInteger('chunkSize', chunkSize);
        assertRange(options);
        assertNotDirectory(normalizePath(path));
      },
      open: async (streamSignal) => {
        const call = await this.operations.prepare(active, streamSignal);
        const range = { offset, ...(length === undefined ? {} : { length }) };
        return () => this.driver.read(normalizePath(path), { ...call, ...range });
      },
    }) as ReadableStream<Uint8Array> | ReadableStream<string>;
  }

  async streamWrite(path: string, options: StreamWriteOptions): Promise<FileInfo> {
    return await this.operations.runOn('streamWrite', path, options, async (target, call) => {
      assertNotRoot(target);
      const { chunkSource, chunkSize, ...conditions }: Partial<StreamWriteOptions> = options ?? {};
      assertPositiveInteger('chunkSize', chunkSize);
      return await this.operations.writeFrom(toChunks(chunkSource), call, (source) =>
        this.driver.write(
          target,
          chunkSize === undefined ? source : regroup(chunksOf(source), chunkSize),
          writeOptions(call, this.#createOptions(conditions)),
        ),
      );
    });
  }

  async checksum(path: string, options: ChecksumOptions = {}): Promise<string> {
    return await this.operations.runOn('checksum', path, options, async (target, call) => {
      const { algorithm = 'sha256' } = options;
      assertChecksumAlgorithm(algorithm);
      assertNotDirectory(target);
      return await checksumFile(this.driver, target, algorithm, call);
    });
  }

  async checksumMany(
    paths: Iterable<string>,
    options: ChecksumManyOptions = {},
  ): Promise<Map<string, string>> {
    return await this.operations.run('checksumMany', undefined, options, async (_, call) => {
      const { algorithm = 'sha256', concurrency } = options;
      if (typeof paths !== 'object' || paths === null || !(Symbol.iterator in paths)) {
        throw backendError('INVALID_ARGUMENT', 'paths must be an iterable of strings');
      }
      assertChecksumAlgorithm(algorithm);
      assertPositiveInteger('concurrency', concurrency);
      const given = [...paths];
      const targets = new Set<BackendPath>();
      await forEachInTurns(given, (path) => targets.add(normalizePath(path)));
      targets.delete(ROOT);
      const sums = await checksumFiles(this.driver, [...targets], algorithm, {
        ...call,
        ...(concurrency === undefined ? {} : { concurrency }),
      });
      const result = new Map<string, string>();
      await forEachInTurns(given, (path) => {
        const sum = sums.get(normalizePath(path));
        if (sum !== undefined) result.set(path, sum);
      });
      return result;
    });
  }

  async glob(pattern: string, options: GlobOptions = {}): Promise<string[]> {
    return await this.#glob('glob', pattern, options, {
      files: true,
      directories: options?.includeDirs === true,
    });
  }

  async globFiles(pattern: string, options: GlobFilesOptions = {}): Promise<string[]> {
    return await this.#glob('globFiles', pattern, options, { files: true, directories: false });
  }

  async globDirs(pattern: string, options: GlobFilesOptions = {}): Promise<string[]> {
    return await this.#glob('globDirs', pattern, options, { files: false, directories: true });
  }

  async search(query: string, options: SearchOptions & OperationOptions = {}): Promise<SearchResult[]> {
    return await this.operations.run('search', undefined, options, async (_, call) => {
      this.#assertSupport('search');
      const { limit, path, filters } = options;
      if (typeof query !== 'string' || query.trim() === '') {
        throw backendError('INVALID_ARGUMENT', 'A search needs a query: a string that is not blank');
      }
      assertPositiveInteger('limit', limit);
      return await this.driver.search!(query, {
        ...call,
        ...(limit === undefined ? {} : { limit }),
        ...(path === undefined ? {} : { path: normalizePath(path) }),
        ...(filters === undefined ? {} : { filters }),
      });
    });
  }

  syncSession(options?: SessionOptions): Promise<SyncSession>;
  syncSession<T>(body: (session: SyncSession) => Promise<T>, options?: SessionOptions): Promise<T>;
  async syncSession<T>(
    bodyOrOptions?: ((session: SyncSession) => Promise<T>) | SessionOptions,
    bodyOptions?: SessionOptions,
  ): Promise<SyncSession | T> {
    if (typeof bodyOrOptions !== 'function') {
      const options = bodyOrOptions ?? {};
      return await this.operations.run('syncSession', undefined, options, async () => {
        const outer = this.operations.activeSession();
        return new SessionBackend(
          this.driver,
          outer ?? (await acquireSession(this.operations, options)),
          outer === undefined,
        );
      });
    }
    return await this.operations.run('syncSession', undefined, bodyOptions, async () => {
      const body = (active: ActiveSession): Promise<T> =>
        bodyOrOptions(new SessionBackend(this.driver, active, false));
      const outer = this.operations.activeSession();
      if (outer !== undefined) return await runBody(outer, body);
      return await runSession(this.operations, bodyOptions ?? {}, body);
    });
  }

  /** Fails open streams, waits for running operations, releases everything. @throws `BUSY` inside the body of a session */
  async [Symbol.asyncDispose](): Promise<void> {
    const { state } = this.operations;
    if (sessionAround(state.root) !== undefined) {
      throw backendError(
        'BUSY',
        `The ${this.name} backend cannot be disposed inside the body of its own session`,
        {
          operation: 'dispose',
          retryable: false,
        },
      );
    }
    try {
      await state.close();
    } catch (error) {
      throw explain(error, 'dispose');
    }
  }

  async #transfer(
    operation: 'copy' | 'move',
    from: string,
    to: string,
    options: TransferOptions,
    transfer: typeof copyTree,
  ): Promise<FileInfo> {
    return await this.operations.runOn(operation, from, options, async (source, call) => {
      const target = normalizePath(to);
      assertNotRoot(source);
      assertNotRoot(target);
      const { overwrite, ...conditions } = this.#createOptions(options);
      return await transfer(this.driver, source, target, { ...call, ...conditions, overwrite });
    });
  }

  async #glob(
    operation: string,
    pattern: string,
    options: GlobFilesOptions,
    kinds: { readonly files: boolean; readonly directories: boolean },
  ): Promise<string[]> {
    return await this.operations.run(operation, undefined, options, async (_, call) => {
      const { dot, ignore } = options;
      const compiled = new GlobPattern(pattern, {
        ...(dot === undefined ? {} : { dot }),
        ...(ignore === undefined ? {} : { ignore }),
      });
      return sortByBytes(await globPaths(this.driver, compiled, { ...call, ...kinds }));
    });
  }

  async #encoding(path: BackendPath, call: DriverOptions): Promise<string> {
    const range = { ...call, offset: 0, length: ENCODING_SAMPLE };
    return detectEncoding(
      await (this.driver.readFile?.(path, range) ?? bytesOf(this.driver.read(path, range))),
    );
  }

  #createOptions({ overwrite = false, ifMatch }: { overwrite?: boolean; ifMatch?: string }): {
    overwrite: boolean;
    ifMatch?: string;
  } {
    if (ifMatch !== undefined && !overwrite) {
      throw backendError(
        'INVALID_ARGUMENT',
        'ifMatch needs overwrite: true, since it asks for a file that exists',
      );
    }
    return { overwrite, ...this.#condition(ifMatch) };
  }

  #condition(ifMatch: string | undefined): { ifMatch?: string } {
    if (ifMatch === undefined) return {};
    this.#assertSupport('ifMatch');
    if (typeof ifMatch !== 'string') {
      throw backendError('INVALID_ARGUMENT', 'ifMatch must be the etag of a FileInfo, a string');
    }
    return { ifMatch };
  }

  #assertSupport(capability: 'append' | 'ifMatch' | 'search' | 'emptyDirectories'): void {
    if (this.capabilities[capability] === false) {
      throw backendError('UNSUPPORTED', `The ${this.name} backend does not support ${capability}`);
    }
  }
}

Object.defineProperty(DriverBackend.prototype, inspect.custom, {
  value(this: DriverBackend): string {
    return `${this.constructor.name} ${inspect({ name: this.name })}`;
  },
});

/** A session as an object; see `SyncSession`. */
class SessionBackend extends DriverBackend implements SyncSession {
  readonly #active: ActiveSession;
  readonly #holder: SessionHolder | undefined;

  /** @param owned whether disposing this object ends the session */
  constructor(driver: BackendDriver, active: ActiveSession, owned: boolean) {
    super(driver, active);
    this.#active = active;
    if (owned) this.#holder = new SessionHolder(active, this.operations.state);
  }

  async commit(options: PublishOptions = {}): Promise<void> {
    await this.operations.run('commit', undefined, options, () =>
      this.operations.commit(this.#active, options, false),
    );
  }

  override async [Symbol.asyncDispose](): Promise<void> {
    await this.#holder?.close();
  }
}

/** @throws `INVALID_PATH` */
function assertNotRoot(path: BackendPath): void {
  if (path === ROOT) {
    throw backendError(
      'INVALID_PATH',
      'The root of a vault cannot be created, written, copied, moved or deleted',
      { path: '/' },
    );
  }
}

/** The root is a directory that drivers are never asked to read. @throws `IS_DIRECTORY` */
function assertNotDirectory(path: BackendPath): void {
  if (path === ROOT) throw directoryError('/', 'be read as a file');
}

function writeOptions(
  call: DriverOptions,
  { overwrite, ...condition }: { overwrite: boolean; ifMatch?: string },
): WriteOptions {
  return { ...call, ...condition, ifExists: overwrite ? 'replace' : 'fail', ifMissing: 'create' };
}
