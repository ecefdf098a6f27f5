import type { BackendOptions } from './backend.ts';
import type { Capabilities } from './capabilities.ts';
import type { ByteSource } from './contents/content.ts';
import { bytesOf, concatBytes } from './contents/content.ts';
import { assertBackendOptions } from './driver/backend-options.ts';
import type { BackendDriver } from './driver/driver.ts';
import type {
  AcquireSessionOptions,
  AppendOptions,
  DriverOptions,
  DriverSession,
  ListOptions,
  MakeDirectoryOptions,
  ReadRange,
  RemoveOptions,
  WriteOptions,
} from './driver/options.ts';
import { directoryNotEmpty, notDirectory, notFound } from './driver/path-errors.ts';
import { assertMatch, assertReadable, assertWritable, isDirectoryKept } from './driver/preconditions.ts';
import { FileInfo } from './file-info.ts';
import { DriverBackend } from './operations/driver-backend.ts';
import { type BackendPath, compareTreeOrder, isWithin, parentPath, ROOT } from './paths/path.ts';
import { queueSession } from './sessions/queue-session.ts';
import { FifoLock } from './tasks/fifo-lock.ts';

interface Node {
  readonly info: FileInfo;
  /** `undefined` for a directory. */
  readonly bytes: Uint8Array | undefined;
}

/** Files in memory, shared by every backend that is opened on them. */
export class MemoryStore {
  /** Files and directories by path. */
  readonly nodes: Map<BackendPath, Node> = new Map([
    [
      ROOT,
      { info: new FileInfo({ path: ROOT, fileType: 'directory', createdAt: new Date() }), bytes: undefined },
    ],
  ]);
  /** The lock of the vault's sessions. */
  readonly sessionLock: FifoLock = new FifoLock();
  /** Grows with every write, so that no two versions share an etag. */
  version = 0;
}

const CAPABILITIES: Capabilities = {
  exclusiveCreate: 'native',
  ifMatch: 'native',
  append: 'native',
  move: 'native',
  search: false,
  symlinks: false,
  emptyDirectories: true,
  caseSensitive: true,
  consistency: 'strong',
  settleWithin: 0,
  lockScope: 'process',
  transactional: false,
  versions: false,
  watch: 'polled',
  changes: false,
  checksums: [],
  maxFileSize: undefined,
};

/** A vault in memory: for tests, and the smallest whole driver to read. */
export class MemoryFileBackend extends DriverBackend {
  constructor(options: { readonly store?: MemoryStore | undefined } & BackendOptions = {}) {
    assertBackendOptions(options, ['store']);
    super(new MemoryDriver(options.store ?? new MemoryStore()), options);
  }
}

/**
 * Every change of the store is one synchronous step, and so atomic. Bytes are copied on their way in and out: nobody else holds the
 * store's own.
 */
class MemoryDriver implements BackendDriver {
  readonly name = 'memory';
  readonly capabilities: Capabilities = CAPABILITIES;
  readonly #store: MemoryStore;

  constructor(store: MemoryStore) {
    this.#store = store;
  }

  async stat(path: BackendPath, { signal }: DriverOptions): Promise<FileInfo | undefined> {
    signal?.throwIfAborted();
    return this.#store.nodes.get(path)?.info;
  }

  async *read(path: BackendPath, options: ReadRange & DriverOptions): AsyncIterable<Uint8Array> {
    const bytes = await this.readFile(path, options);
    if (bytes.length > 0) yield bytes;
  }

  async readFile(
    path: BackendPath,
    { offset = 0, length, signal }: ReadRange & DriverOptions,
  ): Promise<Uint8Array> {
    signal?.throwIfAborted();
    const bytes = this.#file(path);
    return bytes.slice(offset, length === undefined ? undefined : offset + length);
  }

  async write(path: BackendPath, source: ByteSource, options: WriteOptions): Promise<FileInfo> {
    assertWritable(path, this.#store.nodes.get(path)?.info, options);
    this.#assertParents(path);
    const bytes = await bytesOf(source);
    options.signal?.throwIfAborted();
    // The store may have changed while the source was read.
    assertWritable(path, this.#store.nodes.get(path)?.info, options);
    this.#assertParents(path);
    return this.#put(path, new Uint8Array(bytes));
  }

  async append(path: BackendPath, source: ByteSource, { ifMatch, signal }: AppendOptions): Promise<FileInfo> {
    this.#file(path);
    assertMatch(path, this.#store.nodes.get(path)?.info, ifMatch);
    const added = await bytesOf(source);
    signal?.throwIfAborted();
    // The store may have changed while the source was read.
    const before = this.#file(path);
    assertMatch(path, this.#store.nodes.get(path)?.info, ifMatch);
    return this.#put(path, concatBytes([before, added]));
  }

  async makeDirectory(path: BackendPath, options: MakeDirectoryOptions): Promise<FileInfo> {
    options.signal?.throwIfAborted();
    const current = this.#store.nodes.get(path)?.info;
    if (isDirectoryKept(path, current, options)) return current!;
    this.#assertParents(path);
    this.#makeParents(path);
    return this.#makeDirectory(path);
  }

  async remove(path: BackendPath, { ifMatch, signal }: RemoveOptions): Promise<void> {
    signal?.throwIfAborted();
    const node = this.#store.nodes.get(path);
    if (node === undefined) throw notFound(path);
    assertMatch(path, node.info, ifMatch);
    if (node.bytes === undefined && this.#below(path).length > 0) throw directoryNotEmpty(path);
    this.#store.nodes.delete(path);
  }

  async move(from: BackendPath, to: BackendPath, options: WriteOptions): Promise<FileInfo> {
    options.signal?.throwIfAborted();
    const bytes = this.#file(from);
    assertWritable(to, this.#store.nodes.get(to)?.info, options);
    this.#assertParents(to);
    const moved = this.#put(to, bytes);
    this.#store.nodes.delete(from);
    return moved;
  }

  async *list(path: BackendPath, { recursive, signal }: ListOptions): AsyncIterable<readonly FileInfo[]> {
    signal?.throwIfAborted();
    const node = this.#store.nodes.get(path);
    if (node === undefined) throw notFound(path);
    if (node.bytes !== undefined) throw notDirectory(path);
    const entries = this.#below(path).filter((entry) => recursive || parentPath(entry) === path);
    yield entries.sort(compareTreeOrder).map((entry) => this.#store.nodes.get(entry)!.info);
  }

  async acquireSession(options: AcquireSessionOptions): Promise<DriverSession> {
    return await queueSession(this.name, this.#store.sessionLock, options);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Nothing to free: the store is the caller's.
  }

  #file(path: BackendPath): Uint8Array {
    const node = this.#store.nodes.get(path);
    assertReadable(path, node?.info);
    return node!.bytes!;
  }

  #put(path: BackendPath, bytes: Uint8Array): FileInfo {
    this.#makeParents(path);
    const now = new Date();
    const info = new FileInfo({
      path,
      fileType: 'file',
      size: bytes.length,
      createdAt: this.#store.nodes.get(path)?.info.createdAt ?? now,
      modifiedAt: now,
      etag: String(++this.#store.version),
    });
    this.#store.nodes.set(path, { info, bytes });
    return info;
  }

  #makeDirectory(path: BackendPath): FileInfo {
    const now = new Date();
    const info = new FileInfo({ path, fileType: 'directory', createdAt: now, modifiedAt: now });
    this.#store.nodes.set(path, { info, bytes: undefined });
    return info;
  }

  #makeParents(path: BackendPath): void {
    for (const parent of parentsOf(path)) if (!this.#store.nodes.has(parent)) this.#makeDirectory(parent);
  }

  #assertParents(path: BackendPath): void {
    for (const parent of parentsOf(path)) {
      if (this.#store.nodes.get(parent)?.bytes !== undefined) throw notDirectory(parent);
    }
  }

  #below(path: BackendPath): BackendPath[] {
    return [...this.#store.nodes.keys()].filter((entry) => entry !== path && isWithin(entry, path));
  }
}

/** Directories above a path, the outermost first, without the root. */
function parentsOf(path: BackendPath): BackendPath[] {
  const parents: BackendPath[] = [];
  for (let parent = parentPath(path); parent !== ROOT; parent = parentPath(parent)) parents.unshift(parent);
  return parents;
}
