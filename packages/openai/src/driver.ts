import {
  type AcquireSessionOptions,
  type AppendOptions,
  assertMatch,
  assertReadable,
  assertWritable,
  type BackendDriver,
  type BackendPath,
  type ByteSource,
  type Capabilities,
  type ChecksumAlgorithm,
  checksumOf,
  chunksOf,
  type DriverOptions,
  type DriverSession,
  directoryNotEmpty,
  type FileInfo,
  forEachConcurrently,
  isDirectoryKept,
  isWithin,
  type ListOptions,
  type MakeDirectoryOptions,
  notDirectory,
  notFound,
  parentPath,
  queueSession,
  type ReadRange,
  type RemoveOptions,
  ROOT,
  type SearchOptions,
  type SearchResult,
  type WriteOptions,
} from '@f9/core';
import { Attachment } from './attachment.ts';
import { directoryValue, fitsAttributes } from './attributes.ts';
import { Background } from './background.ts';
import type { Call } from './call.ts';
import type { ContentStore } from './content-store.ts';
import { compareVersions, type DirectoryEntry, type FileEntry } from './entry.ts';
import { type EntryTree, fileInfo } from './entry-tree.ts';
import { OpenAIBackendError } from './errors.ts';
import { collectGarbage, type GarbageOptions, type GarbageReport } from './garbage.ts';
import { FileReader } from './read-file.ts';
import { Removal } from './removal.ts';
import { searchFiles } from './search.ts';
import type { Service } from './service.ts';
import type { Settings } from './settings.ts';
import { StoreIndex } from './store-index.ts';
import { Draft, type PreparedFile, Uploader } from './upload.ts';
import type { Vault } from './vault.ts';
import { assertUsable, warnIfItExpires } from './vector-store.ts';

/** Entries given out at a time by `list`. */
const BATCH = 1000;

/** Files in a vector store: an index of its lists, and writes that are complete before anybody sees them. */
export class OpenAIDriver implements BackendDriver {
  readonly name = 'openai';
  readonly capabilities: Capabilities;
  readonly #service: Service;
  readonly #contentStore: ContentStore | undefined;
  readonly #vault: Vault;
  readonly #settings: Settings;
  readonly #background: Background = new Background();
  readonly #attachment: Attachment;
  readonly #uploader: Uploader;
  readonly #removal: Removal;
  readonly #index: StoreIndex;
  readonly #reader: FileReader;

  constructor(service: Service, contentStore: ContentStore | undefined, vault: Vault, settings: Settings) {
    this.#service = service;
    this.#contentStore = contentStore;
    this.#vault = vault;
    this.#settings = settings;
    vault.changes.keepFor(settings.settleWithin);
    this.#attachment = new Attachment(service, settings);
    this.#uploader = new Uploader(service, this.#attachment, contentStore, settings);
    this.#removal = new Removal(service, contentStore, vault, this.#background);
    this.#index = new StoreIndex(service, vault, settings.cacheTtl);
    const { settleWithin } = settings;
    this.#reader = new FileReader(
      { service, attachment: this.#attachment, contentStore, index: this.#index, vault },
      settleWithin,
    );
    this.capabilities = {
      exclusiveCreate: 'emulated',
      ifMatch: 'emulated',
      append: 'emulated',
      move: 'native',
      search: true,
      symlinks: false,
      emptyDirectories: true,
      caseSensitive: true,
      consistency: 'eventual',
      settleWithin,
      lockScope: 'process',
      checksums: ['sha256'],
      maxFileSize: undefined,
    };
  }

  async open(call: DriverOptions): Promise<void> {
    const store = await this.#service.retrieveStore(call);
    assertUsable(store);
    warnIfItExpires(store);
  }

  async stat(path: BackendPath, call: DriverOptions): Promise<FileInfo | undefined> {
    return (await this.#index.tree(call)).info(path);
  }

  read(path: BackendPath, { signal, ...range }: ReadRange & DriverOptions): AsyncGenerator<Uint8Array> {
    return this.#reader.read(path, range, { signal, path });
  }

  async write(path: BackendPath, source: ByteSource, options: WriteOptions): Promise<FileInfo> {
    const call = { signal: options.signal, path };
    assertPlace(await this.#index.tree(call), path, options);
    return await this.#withDraft(async (draft) => {
      const prepared = await this.#uploader.upload(draft, path, source, call);
      return await this.#change([path], call, async (tree) => {
        // Much may have happened while the source was read.
        assertPlace(tree, path, options);
        return await this.#commit(path, draft, prepared, call);
      });
    });
  }

  async append(path: BackendPath, source: ByteSource, { signal, ifMatch }: AppendOptions): Promise<FileInfo> {
    const call = { signal, path };
    return await this.#change([path], call, async (tree) => {
      const current = tree.info(path);
      assertReadable(path, current);
      assertMatch(path, current, ifMatch);
      const read = this.#reader.read(path, {}, call);
      async function* joined(): AsyncGenerator<Uint8Array> {
        yield* read;
        yield* chunksOf(source);
      }
      return await this.#withDraft(async (draft) => {
        const prepared = await this.#uploader.upload(draft, path, joined(), call);
        return await this.#commit(path, draft, prepared, call);
      });
    });
  }

  async makeDirectory(path: BackendPath, { signal, ifExists }: MakeDirectoryOptions): Promise<FileInfo> {
    const call = { signal, path };
    return await this.#change([path], call, async (tree) => {
      const current = tree.info(path);
      if (isDirectoryKept(path, current, { ifExists })) return current!;
      assertParents(tree, path);
      await this.#addDirectory(path, call);
      return this.#index.known().info(path)!;
    });
  }

  async remove(path: BackendPath, { signal, ifMatch }: RemoveOptions): Promise<void> {
    const call = { signal, path };
    await this.#change([path], call, async (tree) => {
      const current = tree.info(path);
      if (current === undefined) throw notFound(path);
      assertMatch(path, current, ifMatch);
      if (current.isDir && tree.hasContent(path)) throw directoryNotEmpty(path);
      await this.#removeFrom(path, current.isDir ? tree.directoryEntries(path) : tree.versions(path), call);
    });
  }

  async removeTree(path: BackendPath, { signal }: DriverOptions): Promise<void> {
    const call = { signal, path };
    await this.#change([path], call, async (tree) => {
      await this.#removeFrom(path, tree.under(path), call);
    });
  }

  /** Changes where the file is in one request, so that it is never at both places or at none. */
  async move(from: BackendPath, to: BackendPath, options: WriteOptions): Promise<FileInfo> {
    const call = { signal: options.signal, path: from };
    return await this.#change([from, to], call, async (tree) => {
      assertReadable(from, tree.info(from));
      assertPlace(tree, to, options);
      const file = tree.file(from)!;
      const moved = { ...file, path: to, generation: this.#vault.nextGeneration() };
      if (!fitsAttributes(moved)) return await this.#moveByCopy(from, to, call);
      // Older versions would come to light when the one above them leaves.
      await this.#removeVersions(tree.versions(from).slice(0, -1), call);
      await this.#leaving([file], async () => {
        if (!isWithin(to, parentPath(from))) await this.#keepDirectory(parentPath(from), call);
        if (!(await this.#unlessUncertain(this.#attachment.update(moved, call)))) {
          throw (await this.#index.refreshed(call)).info(from) === undefined
            ? notFound(from)
            : vanished(from);
        }
        this.#vault.changes.add({ put: moved });
      });
      await this.#removeReplaced(moved);
      await this.#background.run((signal) => this.#movePassages(moved, { ...call, signal }));
      return fileInfo(moved);
    });
  }

  async *list(path: BackendPath, { signal, recursive }: ListOptions): AsyncGenerator<readonly FileInfo[]> {
    const tree = await this.#index.tree({ signal });
    const directory = tree.info(path);
    if (directory === undefined) throw notFound(path);
    if (!directory.isDir) throw notDirectory(path);
    const entries = tree.below(path, recursive);
    for (let i = 0; i < entries.length; i += BATCH) yield entries.slice(i, i + BATCH);
  }

  async checksum(path: BackendPath, algorithm: ChecksumAlgorithm, options: DriverOptions): Promise<string> {
    const tree = await this.#index.tree(options);
    assertReadable(path, tree.info(path));
    if (algorithm === 'sha256') return tree.file(path)!.sha256;
    return await checksumOf(this.read(path, options), algorithm);
  }

  async search(
    query: string,
    { signal, session: _, ...options }: SearchOptions & DriverOptions,
  ): Promise<SearchResult[]> {
    const tree = await this.#index.tree({ signal });
    return await searchFiles(this.#service, tree, query, options, { signal });
  }

  async acquireSession(options: AcquireSessionOptions): Promise<DriverSession> {
    return await queueSession(this.name, this.#vault.sessionLock, options);
  }

  async collectGarbage(options: GarbageOptions, call: Call): Promise<GarbageReport> {
    return await collectGarbage(
      {
        service: this.#service,
        contentStore: this.#contentStore,
        index: this.#index,
        removal: this.#removal,
        vault: this.#vault,
      },
      options,
      call,
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#background.close();
  }

  /** Check and change as one step of this process. */
  async #change<T>(
    paths: readonly BackendPath[],
    call: Call,
    body: (tree: EntryTree) => Promise<T>,
  ): Promise<T> {
    return await this.#vault.treeLock.run(paths, call.signal, async () => body(await this.#index.tree(call)));
  }

  /** Takes back what `body` did to the draft where it fails. */
  async #withDraft<T>(body: (draft: Draft) => Promise<T>): Promise<T> {
    const draft = new Draft();
    try {
      return await body(draft);
    } catch (error) {
      this.#removal.discard(draft);
      throw error;
    }
  }

  /** Adds the head, which makes the file complete, and only then removes what it replaces. */
  async #commit(path: BackendPath, draft: Draft, prepared: PreparedFile, call: Call): Promise<FileInfo> {
    const modifiedAt = Date.now();
    const file: FileEntry = {
      ...prepared,
      kind: 'file',
      path,
      generation: this.#vault.nextGeneration(),
      createdAt: this.#index.known().file(path)?.createdAt ?? modifiedAt,
      modifiedAt,
    };
    const isThere = await this.#unlessUncertain(this.#attachment.attach(file, call));
    if (!isThere && !(await this.#isReplaced(file, call))) throw vanished(path);
    for (const piece of draft.pieces) this.#vault.changes.add({ put: piece });
    this.#vault.changes.add({ put: file });
    await this.#removeReplaced(file);
    await this.#removal.removeDoubles(draft);
    return fileInfo(file);
  }

  /** Whether another process has written the path since: then its writer has removed ours, as it should. */
  async #isReplaced(file: FileEntry, call: Call): Promise<boolean> {
    const holder = (await this.#index.refreshed(call)).file(file.path);
    return holder !== undefined && compareVersions(holder, file) > 0;
  }

  async #addDirectory(path: BackendPath, call: Call): Promise<void> {
    await this.#withDraft(async (draft) => {
      const entry: DirectoryEntry = {
        kind: 'directory',
        fileId: await this.#uploader.uploadHead(draft, undefined, call),
        writeId: draft.writeId,
        path,
        generation: this.#vault.nextGeneration(),
        createdAt: Date.now(),
      };
      if (!(await this.#unlessUncertain(this.#attachment.attach(entry, call)))) throw vanished(path);
      this.#vault.changes.add({ put: entry });
      await this.#removal.removeDoubles(draft);
    });
  }

  /** Sees to it that a directory stays when what is leaving has left it. */
  async #keepDirectory(path: BackendPath, call: Call): Promise<void> {
    const tree = this.#index.known();
    const isLeaving = ({ fileId }: { readonly fileId: string }): boolean => this.#vault.leaving.has(fileId);
    if (path === ROOT || tree.directoryEntries(path).some((entry) => !isLeaving(entry))) return;
    if (!tree.hasContent(path, isLeaving)) await this.#addDirectory(path, call);
  }

  async #removeFrom(
    path: BackendPath,
    entries: readonly (FileEntry | DirectoryEntry)[],
    call: Call,
  ): Promise<void> {
    await this.#leaving(entries, async () => {
      await this.#keepDirectory(parentPath(path), call);
      await this.#removeVersions(entries, call);
    });
  }

  /** Removes versions, at every path the oldest first, so that none of them comes to light in between. */
  async #removeVersions(entries: readonly (FileEntry | DirectoryEntry)[], call: Call): Promise<void> {
    const byPath = Map.groupBy(entries, ({ path }) => path).values();
    await forEachConcurrently(byPath, this.#settings.concurrency, async (versions) => {
      for (const entry of versions.sort(compareVersions)) {
        const pieces = this.#index.known().pieces(entry.writeId);
        await this.#unlessUncertain(this.#service.detach(entry.fileId, call));
        this.#vault.changes.add({ drop: entry.fileId });
        await this.#removal.retire(entry, pieces);
      }
    });
  }

  /** Removes what a new version has replaced. It holds whether that succeeds or not. */
  async #removeReplaced(file: FileEntry): Promise<void> {
    const replaced = this.#index
      .known()
      .versions(file.path)
      .filter((version) => compareVersions(version, file) < 0);
    if (replaced.length === 0) return;
    await this.#background.run((signal) => this.#removeVersions(replaced, { signal, path: file.path }));
  }

  /** Nobody knows whether a change that failed was made: the next list tells. */
  async #unlessUncertain<T>(change: Promise<T>): Promise<T> {
    try {
      return await change;
    } catch (error) {
      this.#index.expire();
      throw error;
    }
  }

  async #leaving(entries: readonly { readonly fileId: string }[], body: () => Promise<void>): Promise<void> {
    for (const { fileId } of entries) this.#vault.leaving.add(fileId);
    try {
      await body();
    } finally {
      for (const { fileId } of entries) this.#vault.leaving.delete(fileId);
    }
  }

  /** Where the attributes cannot hold the bytes beside a longer path, the bytes take another form. */
  async #moveByCopy(from: BackendPath, to: BackendPath, call: Call): Promise<FileInfo> {
    const made = await this.#withDraft(async (draft) => {
      const source = this.#reader.read(from, {}, call);
      const prepared = await this.#uploader.upload(draft, to, source, { ...call, path: to });
      return await this.#commit(to, draft, prepared, call);
    });
    await this.#removeFrom(from, this.#index.known().versions(from), call);
    return made;
  }

  /** Search looks for passages by their directory. */
  async #movePassages(file: FileEntry, call: Call): Promise<void> {
    const directory = directoryValue(parentPath(file.path));
    for (const piece of this.#index.known().pieces(file.writeId)) {
      if (piece.kind !== 'passage' || piece.directory === directory) continue;
      const moved = { ...piece, directory };
      if (await this.#attachment.update(moved, call)) this.#vault.changes.add({ put: moved });
    }
  }
}

function assertPlace(
  tree: EntryTree,
  path: BackendPath,
  conditions: Pick<WriteOptions, 'ifExists' | 'ifMissing' | 'ifMatch'>,
): void {
  assertWritable(path, tree.info(path), conditions);
  assertParents(tree, path);
}

/** @throws `NOT_DIRECTORY` where something above `path` is a file */
function assertParents(tree: EntryTree, path: BackendPath): void {
  for (let parent = parentPath(path); parent !== ROOT; parent = parentPath(parent)) {
    if (tree.file(parent) !== undefined) throw notDirectory(parent);
  }
}

function vanished(path: string): OpenAIBackendError {
  return new OpenAIBackendError(
    'UNAVAILABLE',
    `Cannot write ${JSON.stringify(path)}: somebody else has removed it from the vector store; try again`,
    { path },
  );
}
