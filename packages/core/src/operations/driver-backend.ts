import { inspect } from 'node:util';
import type {
  BackendOptions,
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
  SyncSession,
  TransferOptions,
  UpdateOptions,
  WatchOptions,
} from '../backend.ts';
import { DEFAULT_CHUNK_SIZE, DEFAULT_DISPOSE_TIMEOUT, DEFAULT_WATCH_INTERVAL } from '../backend.ts';
import type { Capabilities } from '../capabilities.ts';
import type { VaultChanges } from '../changes.ts';
import { assertChecksumAlgorithm } from '../contents/checksum.ts';
import { bytesOf, chunksOf, plainBytes, toByteSource, toChunks } from '../contents/content.ts';
import { decodeText } from '../contents/text.ts';
import type { BackendDriver } from '../driver/driver.ts';
import { closed } from '../driver/driver-state.ts';
import { explain } from '../driver/explain.ts';
import type { DriverOptions, DriverReadOptions, StatOptions } from '../driver/options.ts';
import { notDirectory, notFound, preconditionFailed } from '../driver/path-errors.ts';
import { backendError, isFileBackendError } from '../errors.ts';
import type { FileInfo, ListedFile, ListedInfo } from '../file-info.ts';
import { GlobPattern } from '../glob/pattern.ts';
import type { FileVersion } from '../history.ts';
import {
  type BackendPath,
  compareBytes,
  normalizePath,
  ROOT,
  saysDirectory,
  sortByBytes,
} from '../paths/path.ts';
import { sortInParts } from '../paths/sort-in-parts.ts';
import type { SearchOptions, SearchResult } from '../search.ts';
import { type ActiveSession, sessionAround } from '../sessions/active-session.ts';
import { acquireSession, runBody, runSession, SessionHolder } from '../sessions/sessions.ts';
import { regroup } from '../streams/chunks.ts';
import { createReadStream } from '../streams/read-stream.ts';
import { forEachInTurns } from '../tasks/for-each-in-turns.ts';
import { inTurns } from '../tasks/in-turns.ts';
import { appendFile, appendOrCreate } from './append.ts';
import {
  assertFunction,
  assertPermissions,
  assertPositiveInteger,
  assertRange,
  assertTimeout,
  assertVersion,
  refusalOf,
} from './arguments.ts';
import { ChangeStream } from './change-stream.ts';
import { checksumFile, checksumFiles } from './checksums.ts';
import {
  assertNamesFile,
  assertNotRoot,
  assertSupport,
  assertUpdate,
  assertVersionKept,
  assertVersions,
  condition,
  conditionToReplace,
  writeOptions,
} from './conditions.ts';
import { editFile } from './edit.ts';
import { globInfos, globPaths } from './globbing.ts';
import { inspectFile } from './inspecting.ts';
import { iterate } from './iterate.ts';
import { listEntries, nameable } from './listing.ts';
import { NO_OPTIONS, Operations } from './operations.ts';
import { removeTree } from './remove-tree.ts';
import { searchFiles } from './searching.ts';
import { copyTree, moveTree } from './transfer.ts';
import { pollChanges } from './watching.ts';

/** Options of `stat` for an `info` without any of its own. */
const EVERYTHING: StatOptions = Object.freeze({ everything: true });

/** The rich interface over a driver: the one place where paths, text, errors, abort and sessions get their meaning. */
export class DriverBackend implements FileBackend {
  readonly driver: BackendDriver;
  /** For subclasses that add operations of their own. */
  protected readonly operations: Operations;

  readonly #disposeTimeout: number;

  /**
   * @param session the session that every operation of this backend belongs to
   * @throws `INVALID_ARGUMENT`
   */
  constructor(driver: BackendDriver, options: BackendOptions = {}, session?: ActiveSession) {
    const { disposeTimeout = DEFAULT_DISPOSE_TIMEOUT } = options;
    assertTimeout('disposeTimeout', disposeTimeout);
    this.driver = driver;
    this.#disposeTimeout = disposeTimeout;
    this.operations = new Operations(this, session);
    // Defined here and not beside the class, which bundlers could not leave out then.
    Object.defineProperty(this, inspect.custom, {
      configurable: true,
      writable: true,
      value: () => `${this.constructor.name} ${inspect({ name: this.name })}`,
    });
  }

  get name(): string {
    return this.driver.name;
  }

  /** Capabilities of its driver. */
  get capabilities(): Capabilities {
    return this.driver.capabilities;
  }

  /** The parts of a backend that may be shown: nothing of where it lies or how it is reached. */
  toJSON(): { readonly name: string; readonly capabilities: Capabilities } {
    return { name: this.name, capabilities: this.capabilities };
  }

  /** Opens the backend now, so that errors surface early; otherwise its first operation does. */
  async open(options: OperationOptions = NO_OPTIONS): Promise<this> {
    await this.operations.run('open', undefined, options, async () => undefined);
    return this;
  }

  async create(path: string, options: CreateOptions = NO_OPTIONS): Promise<FileInfo> {
    return await this.operations.runOn('create', path, options, async (target, call) => {
      const { data, isDirectory = false, overwrite = false, ifMatch } = options;
      assertNotRoot(target);
      if (isDirectory) {
        if (data !== undefined || ifMatch !== undefined) {
          throw backendError('INVALID_ARGUMENT', 'A directory has neither data nor an etag');
        }
        assertSupport(this.driver, 'emptyDirectories', target);
        return await this.driver.makeDirectory(target, { ...call, ifExists: overwrite ? 'keep' : 'fail' });
      }
      assertNamesFile(path, target);
      const conditions = writeOptions(this.driver, target, call, options);
      return await this.operations.writeFrom(toByteSource(data === undefined ? '' : data), call, (source) =>
        this.driver.write(target, source, conditions),
      );
    });
  }

  read(path: string, options?: ReadOptions & object): Promise<Uint8Array>;
  read(path: string, options: ReadTextOptions): Promise<string>;
  async read(
    path: string,
    options: ReadOptions | ReadTextOptions = NO_OPTIONS,
  ): Promise<Uint8Array | string> {
    return await this.operations.runOn('read', path, options, async (target, call) => {
      assertNamesFile(path, target);
      const { offset, length, version } = options as ReadOptions;
      let asked: DriverReadOptions = call;
      if (offset !== undefined || length !== undefined || version !== undefined) {
        assertRange({ offset, length });
        assertVersionKept(this.driver, target, version);
        asked = { ...call, offset: offset ?? 0, length, version };
      }
      const bytes = await (this.driver.readFile?.(target, asked) ?? bytesOf(this.driver.read(target, asked)));
      return options.binary === false ? decodeText(bytes, target) : plainBytes(bytes);
    });
  }

  async update(path: string, options: UpdateOptions): Promise<FileInfo> {
    return await this.operations.runOn('update', path, options, async (target, call) => {
      assertNotRoot(target);
      assertNamesFile(path, target);
      const {
        data,
        append = false,
        create = false,
        permissions,
        ...rest
      }: Partial<UpdateOptions> = options ?? {};
      const ifMatch = condition(this.driver, target, rest.ifMatch);
      assertPermissions(permissions);
      assertUpdate(append, create, ifMatch, permissions);
      const content = toByteSource(data);
      if (append) assertSupport(this.driver, 'append', target);
      return await this.operations.writeFrom(content, call, (source) => {
        if (append && create) return appendOrCreate(this.driver, target, source, { ...call, permissions });
        if (append) return appendFile(this.driver, target, source, { ...call, ifMatch });
        const conditions = { ifMatch, permissions, ifExists: 'replace', ifMissing: 'fail' } as const;
        return this.driver.write(target, source, { ...call, ...conditions });
      });
    });
  }

  async edit(
    path: string,
    change: (bytes: Uint8Array) => EditedContent | Promise<EditedContent>,
    options: EditOptions = NO_OPTIONS,
  ): Promise<FileInfo> {
    return await this.operations.runOn('edit', path, options, async (target, call) => {
      if (typeof change !== 'function') {
        throw backendError('INVALID_ARGUMENT', 'edit needs a function that gives the new content');
      }
      assertNotRoot(target);
      assertNamesFile(path, target);
      assertSupport(this.driver, 'ifMatch', target);
      const ifMatch = condition(this.driver, target, options.ifMatch);
      return await editFile(this.driver, target, { change, ifMatch }, call);
    });
  }

  async delete(path: string, options: DeleteOptions = NO_OPTIONS): Promise<void> {
    await this.operations.runOn('delete', path, options, async (target, call) => {
      assertNotRoot(target);
      const ifMatch = condition(this.driver, target, options.ifMatch);
      if (saysDirectory(path)) await this.#assertDirectory(target, call);
      try {
        await this.driver.remove(target, { ...call, ifMatch });
      } catch (error) {
        if (options.recursive !== true || !isFileBackendError(error, 'DIRECTORY_NOT_EMPTY')) throw error;
        // A directory has no etag.
        if (ifMatch !== undefined) throw preconditionFailed(target);
        await removeTree(this.driver, target, call);
      }
    });
  }

  async info(path: string, options: InfoOptions = NO_OPTIONS): Promise<FileInfo> {
    return await this.operations.runOn('info', path, options, async (target, call) => {
      const { checksum, detectEncoding: wantsEncoding } = options;
      if (checksum !== undefined) assertChecksumAlgorithm(checksum);
      const info = await this.driver.stat(
        target,
        call === NO_OPTIONS ? EVERYTHING : { ...call, everything: true },
      );
      if (info === undefined) throw notFound(target);
      if (!info.isDir && target !== ROOT && saysDirectory(path)) throw notDirectory(target);
      if (info.fileType !== 'file' || (checksum === undefined && wantsEncoding !== true)) return info;
      return await inspectFile(this.driver, target, info, options, call);
    });
  }

  async exists(path: string, options: OperationOptions = NO_OPTIONS): Promise<boolean> {
    return await this.operations.runOn('exists', path, options, async (target, call) => {
      const info = await this.driver.stat(target, call);
      return info !== undefined && (info.isDir || target === ROOT || !saysDirectory(path));
    });
  }

  list(
    path: string | undefined,
    options: ListDirectoryOptions & { readonly etags: true },
  ): AsyncGenerator<ListedFile, void, void>;
  list(path?: string, options?: ListDirectoryOptions): AsyncGenerator<ListedInfo, void, void>;
  list(path: string = '/', options: ListDirectoryOptions = NO_OPTIONS): AsyncGenerator<FileInfo, void, void> {
    return iterate(this.operations, {
      operation: 'list',
      path,
      options,
      active: this.operations.activeSession(),
      open: (target, call) => {
        const { recursive, maxDepth, etags, onSkipped } = options ?? {};
        assertPositiveInteger('maxDepth', maxDepth);
        assertFunction('onSkipped', onSkipped);
        if (maxDepth === undefined && etags !== true) {
          const how = { ...call, recursive: recursive === true, onSkipped };
          return nameable(this.driver.list(target, how), onSkipped);
        }
        return listEntries(this.driver, target, { ...call, recursive, maxDepth, etags, onSkipped });
      },
    });
  }

  async copy(from: string, to: string, options: TransferOptions = NO_OPTIONS): Promise<FileInfo> {
    return await this.#transfer('copy', from, to, options, copyTree);
  }

  async move(from: string, to: string, options: TransferOptions = NO_OPTIONS): Promise<FileInfo> {
    return await this.#transfer('move', from, to, options, moveTree);
  }

  streamRead(path: string, options?: StreamReadOptions & object): ReadableStream<Uint8Array>;
  streamRead(path: string, options: StreamReadTextOptions): ReadableStream<string>;
  streamRead(
    path: string,
    options: StreamReadOptions | StreamReadTextOptions = NO_OPTIONS,
  ): ReadableStream<Uint8Array> | ReadableStream<string> {
    const { signal, chunkSize = DEFAULT_CHUNK_SIZE, offset = 0, length, version } = options ?? {};
    // A stream belongs to the session of whoever asked for it, not of whoever pulls.
    const active = this.operations.activeSession();
    return createReadStream({
      signal,
      chunkSize,
      textOf: options?.binary === false ? path : undefined,
      state: this.operations.state,
      closed: () => closed(this.name),
      explain: (error) => explain(error, 'streamRead', path, signal),
      check: async () => {
        const refusal = refusalOf('streamRead', options);
        if (refusal !== undefined) throw await refusal;
        assertPositiveInteger('chunkSize', chunkSize);
        assertRange(options);
        const target = normalizePath(path);
        assertNamesFile(path, target);
        assertVersionKept(this.driver, target, version);
      },
      open: async (streamSignal) => {
        const call = await this.operations.prepare('streamRead', active, streamSignal);
        return () => this.driver.read(normalizePath(path), { ...call, offset, length, version });
      },
    }) as ReadableStream<Uint8Array> | ReadableStream<string>;
  }

  async streamWrite(path: string, options: StreamWriteOptions): Promise<FileInfo> {
    return await this.operations.runOn('streamWrite', path, options, async (target, call) => {
      assertNotRoot(target);
      assertNamesFile(path, target);
      const { chunkSource, chunkSize, ...rest }: Partial<StreamWriteOptions> = options ?? {};
      assertPositiveInteger('chunkSize', chunkSize);
      const conditions = writeOptions(this.driver, target, call, rest);
      return await this.operations.writeFrom(toChunks(chunkSource), call, (source) =>
        this.driver.write(
          target,
          chunkSize === undefined ? source : regroup(chunksOf(source), chunkSize),
          conditions,
        ),
      );
    });
  }

  async checksum(path: string, options: ChecksumOptions = NO_OPTIONS): Promise<string> {
    return await this.operations.runOn('checksum', path, options, async (target, call) => {
      const { algorithm = 'sha256' } = options;
      assertChecksumAlgorithm(algorithm);
      assertNamesFile(path, target);
      return await checksumFile(this.driver, target, algorithm, call);
    });
  }

  async checksumMany(
    paths: Iterable<string>,
    options: ChecksumManyOptions = NO_OPTIONS,
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
      await forEachInTurns(given, (path) => {
        const target = normalizePath(path);
        if (!saysDirectory(path)) targets.add(target);
      });
      const sums = await checksumFiles(this.driver, [...targets], algorithm, { ...call, concurrency });
      const result = new Map<string, string>();
      await forEachInTurns(given, (path) => {
        const sum = saysDirectory(path) ? undefined : sums.get(normalizePath(path));
        if (sum !== undefined) result.set(path, sum);
      });
      return result;
    });
  }

  async glob(pattern: string, options: GlobOptions = NO_OPTIONS): Promise<string[]> {
    return await this.#glob('glob', pattern, options, true, options?.includeDirs === true);
  }

  async globFiles(pattern: string, options: GlobFilesOptions = NO_OPTIONS): Promise<string[]> {
    return await this.#glob('globFiles', pattern, options, true, false);
  }

  async globDirs(pattern: string, options: GlobFilesOptions = NO_OPTIONS): Promise<string[]> {
    return await this.#glob('globDirs', pattern, options, false, true);
  }

  async globInfo(pattern: string, options: GlobOptions = NO_OPTIONS): Promise<ListedInfo[]> {
    return await this.operations.run('globInfo', undefined, options, async (_, call) => {
      const compiled = new GlobPattern(pattern, options);
      const kinds = { files: !compiled.directoriesOnly, directories: options.includeDirs === true };
      const found = await globInfos(this.driver, compiled, { ...call, ...kinds });
      return await inTurns(sortInParts(found, (a, b) => compareBytes(a.path, b.path)));
    });
  }

  async search(
    query: string,
    options: SearchOptions & OperationOptions = NO_OPTIONS,
  ): Promise<SearchResult[]> {
    return await this.operations.run('search', undefined, options, async (target, call) => {
      assertSupport(this.driver, 'search', target);
      return await searchFiles(this.driver, query, options, call);
    });
  }

  history(path: string, options: HistoryOptions = NO_OPTIONS): AsyncGenerator<FileVersion, void, void> {
    return iterate(this.operations, {
      operation: 'history',
      path,
      options,
      active: this.operations.activeSession(),
      open: (target, call) => {
        const { limit, followRenames = false } = options ?? {};
        assertPositiveInteger('limit', limit);
        assertNamesFile(path, target);
        assertVersions(this.driver, target);
        return one(this.driver.history!(target, { ...call, limit, followRenames }));
      },
    });
  }

  async restore(path: string, options: RestoreOptions): Promise<FileInfo> {
    return await this.operations.runOn('restore', path, options, async (target, call) => {
      assertNotRoot(target);
      assertNamesFile(path, target);
      const { version, ...rest }: Partial<RestoreOptions> = options ?? {};
      assertVersions(this.driver, target);
      if (version === undefined)
        throw backendError('INVALID_ARGUMENT', 'restore needs a version that history names');
      assertVersion(version);
      const ifMatch = condition(this.driver, target, rest.ifMatch);
      return await this.driver.write(target, this.driver.read(target, { ...call, version }), {
        ...call,
        ifExists: 'replace',
        ifMissing: 'create',
        ifMatch,
      });
    });
  }

  watch(path: string = '/', options: WatchOptions = NO_OPTIONS): ChangeStream {
    const leaving = new AbortController();
    const { interval = DEFAULT_WATCH_INTERVAL, onReady = () => undefined } = options ?? {};
    const changes = iterate(this.operations, {
      operation: 'watch',
      path,
      options,
      active: this.operations.activeSession(),
      leaving,
      open: (target, call) => {
        assertPositiveInteger('interval', interval);
        assertFunction('onReady', onReady);
        if (this.driver.watch !== undefined) return one(this.driver.watch(target, { ...call, onReady }));
        return pollChanges(this.driver, target, { ...call, interval, onReady });
      },
    });
    return new ChangeStream(changes, leaving);
  }

  async changesSince(
    cursor: string | undefined,
    options: OperationOptions = NO_OPTIONS,
  ): Promise<VaultChanges> {
    return await this.operations.run('changesSince', undefined, options, async (target, call) => {
      assertSupport(this.driver, 'changes', target);
      if (cursor !== undefined && typeof cursor !== 'string') {
        throw backendError('INVALID_ARGUMENT', 'cursor must be one that changesSince gave, a string');
      }
      return await this.driver.changesSince!(cursor, call);
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

  close(): Promise<void> {
    return this[Symbol.asyncDispose]();
  }

  /**
   * Fails open streams, waits for running operations, releases everything.
   *
   * @throws `BUSY` inside the body of a session; `TIMEOUT` after `disposeTimeout`, with what was still running
   */
  async [Symbol.asyncDispose](): Promise<void> {
    const { state } = this.operations;
    if (sessionAround(state.root) !== undefined) {
      throw backendError(
        'BUSY',
        `The ${this.name} backend cannot be disposed inside the body of its own session`,
        {
          operation: 'dispose',
        },
      );
    }
    try {
      await state.close(this.#disposeTimeout);
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
      if (saysDirectory(from) || saysDirectory(to)) await this.#assertDirectory(source, call);
      const { overwrite = false } = options;
      const ifMatch = conditionToReplace(this.driver, target, overwrite, options.ifMatch);
      return await transfer(this.driver, source, target, { ...call, overwrite, ifMatch });
    });
  }

  async #glob(
    operation: string,
    pattern: string,
    options: GlobFilesOptions,
    files: boolean,
    directories: boolean,
  ): Promise<string[]> {
    return await this.operations.run(operation, undefined, options, async (_, call) => {
      const compiled = new GlobPattern(pattern, options);
      const kinds = { files: files && !compiled.directoriesOnly, directories };
      const found: string[] = await globPaths(this.driver, compiled, { ...call, ...kinds });
      return await inTurns(sortInParts(found, compareBytes, sortByBytes));
    });
  }

  /** Checks that a path which ends in a separator is a directory. @throws `NOT_DIRECTORY` */
  async #assertDirectory(path: BackendPath, call: DriverOptions): Promise<void> {
    if ((await this.driver.stat(path, call))?.isDir === false) throw notDirectory(path);
  }
}

/** A session as an object; see `SyncSession`. */
class SessionBackend extends DriverBackend implements SyncSession {
  readonly #active: ActiveSession;
  readonly #holder: SessionHolder | undefined;

  /** @param owned whether disposing this object ends the session */
  constructor(driver: BackendDriver, active: ActiveSession, owned: boolean) {
    super(driver, {}, active);
    this.#active = active;
    if (owned) this.#holder = new SessionHolder(active, this.operations.state);
  }

  get version(): string | undefined {
    return this.#active.session.version;
  }

  async commit(options: PublishOptions = NO_OPTIONS): Promise<void> {
    await this.operations.run('commit', undefined, options, () =>
      this.operations.commit(this.#active, options, false),
    );
  }

  override async [Symbol.asyncDispose](): Promise<void> {
    await this.#holder?.close();
  }
}

/** Batches of one. */
async function* one<T>(items: AsyncIterable<T>): AsyncGenerator<readonly T[], void, void> {
  for await (const item of items) yield [item];
}
