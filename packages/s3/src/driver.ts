import { type Capabilities, type ChecksumAlgorithm, FileInfo } from '@f9/core';
import {
  type AcquireSessionOptions,
  assertReadable,
  type BackendDriver,
  type BackendPath,
  type ByteSource,
  backendError,
  type DriverChecksumManyOptions,
  type DriverOptions,
  type DriverReadOptions,
  type DriverSession,
  type FileToRemove,
  type FileToWrite,
  forEachConcurrently,
  isDirectoryKept,
  type ListOptions,
  type MakeDirectoryOptions,
  notFound,
  queueSession,
  type RemoveOptions,
  type RemoveResults,
  ROOT,
  SessionLine,
  type WriteOptions,
  type WriteResults,
} from '@f9/core/driver';
import { Listing } from './listing/listing.ts';
import type { ResolvedOptions } from './options.ts';
import { Reader } from './reading/reader.ts';
import { Background } from './service/background.ts';
import type { Call } from './service/call.ts';
import type { Service } from './service/service.ts';
import { Lease } from './sessions/lease.ts';
import { LeaseObject } from './sessions/lease-object.ts';
import { LeasedSession } from './sessions/leased-session.ts';
import { Checksums } from './sums/checksums.ts';
import { infoOf } from './vault/info.ts';
import { Keys } from './vault/keys.ts';
import { assertConditional, probe, type Traits } from './vault/probe.ts';
import type { SharedState } from './vault/shared-state.ts';
import { Neighbours } from './writing/neighbours.ts';
import { Removal } from './writing/removal.ts';
import { type CallOf, maxFileSizeOf, Writer } from './writing/writer.ts';

/** Files from which on a listing is cheaper than a request for each. */
const MANY = 5;
/** Most bytes of a file that the server copies by itself: the limit of one request. */
const MAX_COPY = 5 * 1024 ** 3;

/** A vault of objects, whose keys are its paths. */
export class S3Driver implements BackendDriver {
  readonly name = 's3';
  readonly keys: Keys;
  readonly service: Service;
  readonly listing: Listing;
  /** Until it is open, these are the promises of every store that is accepted. */
  capabilities: Capabilities;
  readonly #options: ResolvedOptions;
  readonly #shared: SharedState;
  readonly #reader: Reader;
  readonly #writer: Writer;
  readonly #removal: Removal;
  readonly #checksums: Checksums;
  readonly #background: Background = new Background();
  readonly #lease: Lease;

  /** @param shared the state that the backends of this process on the vault share */
  constructor(service: Service, shared: SharedState, options: ResolvedOptions) {
    const keys = new Keys(options.prefix);
    const listing = new Listing(service, keys);
    const reader = new Reader(service, keys);
    const neighbours = new Neighbours(service, keys, listing);
    this.service = service;
    this.keys = keys;
    this.capabilities = capabilitiesOf(options, shared.traits);
    this.#options = options;
    this.#shared = shared;
    this.listing = listing;
    this.#reader = reader;
    this.#writer = new Writer(service, this.#background, keys, shared, neighbours, (path, call) =>
      this.#look(path, call),
    );
    this.#removal = new Removal(service, keys, shared, listing);
    this.#checksums = new Checksums(service, keys, shared, { listing, reader });
    const session = new LeaseObject(service, keys.ofState('session'), options.sessionLease);
    this.#lease = new Lease(session, this.#background, new SessionLine(shared.sessionLock));
  }

  async open({ signal }: DriverOptions): Promise<void> {
    const { bucket } = this.#shared;
    // What keys that may only read could not find out, others may.
    if (bucket.traits === undefined || bucket.traits.isReadOnly) {
      bucket.traits = await probe(this.service, this.keys, { signal });
    }
    if (this.#options.conditionalWrites) assertConditional(bucket.traits);
    this.service.quotesEtags = bucket.traits.quotesEtags;
    this.capabilities = capabilitiesOf(this.#options, bucket.traits);
  }

  /** How the store treats conditions. @throws where the vault is not open */
  get traits(): Traits {
    return this.#shared.traits!;
  }

  async stat(path: BackendPath, { signal }: DriverOptions): Promise<FileInfo | undefined> {
    return await this.#look(path, { signal, path });
  }

  async statMany(
    paths: readonly BackendPath[],
    { signal }: DriverOptions,
  ): Promise<readonly (FileInfo | undefined)[]> {
    const objects = paths.length < MANY ? undefined : await this.listing.objectsAt(paths, { signal });
    const infos = new Array<FileInfo | undefined>(paths.length);
    await forEachConcurrently(paths.entries(), this.#options.concurrency, async ([at, path]) => {
      const object = objects?.get(path);
      infos[at] = object === undefined ? await this.#look(path, { signal, path }) : infoOf(path, object);
    });
    return infos;
  }

  async *read(path: BackendPath, { signal, ...range }: DriverReadOptions): AsyncGenerator<Uint8Array> {
    const call = { signal, path };
    const blocks = await this.#reader.read(path, range, call);
    yield* blocks ?? (await this.#missing(path, call));
  }

  async readFile(path: BackendPath, { signal, ...range }: DriverReadOptions): Promise<Uint8Array> {
    const call = { signal, path };
    return (await this.#reader.readFile(path, range, call)) ?? (await this.#missing(path, call));
  }

  async write(path: BackendPath, source: ByteSource, options: WriteOptions): Promise<FileInfo> {
    return await this.#change(path, options, (call) => this.#writer.write(path, source, options, call));
  }

  async writeMany(files: readonly FileToWrite[], options: DriverOptions): Promise<WriteResults> {
    return await this.#changeMany(options, (callOf) => this.#writer.writeMany(files, callOf));
  }

  async removeMany(files: readonly FileToRemove[], options: DriverOptions): Promise<RemoveResults> {
    return await this.#changeMany(options, (callOf) =>
      this.#removal.removeMany(files, callOf, options.signal),
    );
  }

  async copy(from: BackendPath, to: BackendPath, options: WriteOptions): Promise<FileInfo> {
    return await this.#change(to, options, async (call) => {
      const { signal, session } = options;
      const head = await this.service.head(this.keys.of(from), { signal, path: from });
      if (head === undefined) return await this.#missing(from, { signal, path: from });
      if (!this.traits.conditionalCopy || head.size > MAX_COPY) {
        return await this.#writer.write(to, this.read(from, { signal, session }), options, call);
      }
      const sourceChanged = (): Error =>
        backendError('BUSY', `Somebody else wrote ${JSON.stringify(from)} while it was copied; try again`, {
          path: from,
        });
      return await this.#writer.copy(from, head, to, options, { call, sourceChanged });
    });
  }

  async makeDirectory(path: BackendPath, options: MakeDirectoryOptions): Promise<FileInfo> {
    return await this.#change(path, options, async (call) => {
      const current = await this.#look(path, call);
      if (isDirectoryKept(path, current, options)) return current!;
      // A directory is implied by the paths of its files, so nothing has to be written.
      return new FileInfo({ path, fileType: 'directory' });
    });
  }

  async remove(path: BackendPath, options: RemoveOptions): Promise<void> {
    await this.#change(path, options, (call) => this.#removal.remove(path, options, call));
  }

  async removeTree(path: BackendPath, options: DriverOptions): Promise<void> {
    await this.#change(path, options, (call) => this.#removal.removeTree(path, call));
  }

  list(path: BackendPath, options: ListOptions): AsyncGenerator<readonly FileInfo[]> {
    return this.listing.list(path, options);
  }

  async checksum(
    path: BackendPath,
    algorithm: ChecksumAlgorithm,
    { signal }: DriverOptions,
  ): Promise<string> {
    const call = { signal, path };
    return (await this.#checksums.one(path, algorithm, call)) ?? (await this.#missing(path, call));
  }

  async checksumMany(
    paths: readonly BackendPath[],
    algorithm: ChecksumAlgorithm,
    options: DriverChecksumManyOptions,
  ): Promise<Map<BackendPath, string>> {
    return await this.#checksums.many(paths, algorithm, options, { signal: options.signal });
  }

  async acquireSession(options: AcquireSessionOptions): Promise<DriverSession> {
    if (this.capabilities.lockScope === 'network') return await this.#lease.acquire(options);
    return await queueSession(this.name, this.#shared.sessionLock, options);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#background.idle();
    // Sums that are not kept are asked for again.
    if (this.#shared.traits !== undefined) await this.#checksums.keep().catch(() => undefined);
    this.service.requests.close();
  }

  /** Runs a change. One that belongs to a session takes effect only while the session is held, however late it arrives. */
  async #change<T>(
    path: BackendPath,
    { signal, session }: DriverOptions,
    body: (call: Call) => Promise<T>,
  ): Promise<T> {
    if (!(session instanceof LeasedSession)) return await body({ signal, path });
    await session.ensureHeld();
    return await body({ signal, path, fence: session });
  }

  /** Runs many changes of one call, which rejects as a whole where it is aborted. */
  async #changeMany<T>(options: DriverOptions, body: (callOf: CallOf) => Promise<T>): Promise<T> {
    const { signal } = options;
    signal?.throwIfAborted();
    const results = await this.#change(ROOT, options, ({ path: _, ...call }) =>
      body((path) => ({ ...call, path })),
    );
    signal?.throwIfAborted();
    return results;
  }

  async #look(path: BackendPath, { signal }: Call): Promise<FileInfo | undefined> {
    if (path === ROOT) return new FileInfo({ path, fileType: 'directory' });
    const call = { signal, path };
    const head = await this.service.head(this.keys.of(path), call);
    if (head !== undefined) return infoOf(path, head);
    const isDirectory = await this.listing.hasChildren(path, call);
    return isDirectory ? new FileInfo({ path, fileType: 'directory' }) : undefined;
  }

  /** @throws `NOT_FOUND`, `IS_DIRECTORY` for a path that is no file */
  async #missing(path: BackendPath, call: Call): Promise<never> {
    assertReadable(path, await this.#look(path, call));
    // The file appeared between two looks.
    throw notFound(path);
  }
}

function capabilitiesOf({ conditionalWrites }: ResolvedOptions, traits: Traits | undefined): Capabilities {
  const isConditional = conditionalWrites || traits?.conditionalPut === true;
  return {
    exclusiveCreate: isConditional ? 'native' : 'emulated',
    // As exact as the weakest operation: a store that ignores the condition of a deletion may delete what somebody else just wrote.
    ifMatch: traits?.conditionalDelete === true ? 'native' : 'emulated',
    append: 'emulated',
    move: 'emulated',
    search: false,
    symlinks: false,
    emptyDirectories: false,
    caseSensitive: true,
    consistency: 'strong',
    settleWithin: 0,
    lockScope: isConditional ? 'network' : 'process',
    transactional: false,
    checksums: ['sha256'],
    maxFileSize: maxFileSizeOf(traits),
    versions: false,
    watch: 'polled',
    changes: false,
  };
}
