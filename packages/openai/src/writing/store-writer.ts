import type { FileInfo } from '@f9/core';
import {
  type AppendOptions,
  assertMatch,
  assertReadable,
  assertWritable,
  type BackendPath,
  type ByteSource,
  chunksOf,
  type DriverOptions,
  directoryNotEmpty,
  isDirectoryKept,
  isWithin,
  type MakeDirectoryOptions,
  notDirectory,
  notFound,
  parentPath,
  type RemoveOptions,
  ROOT,
  type WriteOptions,
} from '@f9/core/driver';
import type { FileReader } from '../bytes/file-reader.ts';
import { assertPathFits, directoryValue, fitsAttributes } from '../entries/attributes.ts';
import { compareVersions, type DirectoryEntry, type FileEntry } from '../entries/entry.ts';
import { type EntryTree, fileInfo } from '../entries/entry-tree.ts';
import type { SharedState } from '../entries/shared-state.ts';
import type { StoreIndex } from '../entries/store-index.ts';
import { OpenAIBackendError } from '../errors.ts';
import type { Call } from '../service/call.ts';
import type { Attachment } from './attachment.ts';
import type { Background } from './background.ts';
import { Draft, type PreparedFile } from './draft.ts';
import type { Removal } from './removal.ts';
import type { Uploader } from './uploader.ts';

/** Changes what is in a store: what is new is complete before anybody sees it, what is old goes only then. */
export class StoreWriter {
  readonly #shared: SharedState;
  readonly #index: StoreIndex;
  readonly #attachment: Attachment;
  readonly #uploader: Uploader;
  readonly #reader: FileReader;
  readonly #removal: Removal;
  readonly #background: Background;

  constructor(
    shared: SharedState,
    index: StoreIndex,
    attachment: Attachment,
    uploader: Uploader,
    reader: FileReader,
    removal: Removal,
    background: Background,
  ) {
    this.#shared = shared;
    this.#index = index;
    this.#attachment = attachment;
    this.#uploader = uploader;
    this.#reader = reader;
    this.#removal = removal;
    this.#background = background;
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
      const moved = { ...file, path: to, generation: this.#shared.nextGeneration() };
      if (!fitsAttributes(moved)) return await this.#moveByCopy(from, to, call);
      // Older versions would come to light when the one above them leaves.
      await this.#removal.removeVersions(tree.versions(from).slice(0, -1), call);
      await this.#leaving([file], async () => {
        if (!isWithin(to, parentPath(from))) await this.#keepDirectory(parentPath(from), call);
        if (!(await this.#index.learnFrom(this.#attachment.update(moved, call)))) {
          throw (await this.#index.refreshed(call)).info(from) === undefined
            ? notFound(from)
            : vanished(from);
        }
        this.#shared.changes.add({ put: moved });
      });
      await this.#removal.removeReplaced(moved);
      await this.#background.run((signal) => this.#movePassages(moved, { ...call, signal }));
      return fileInfo(moved);
    });
  }

  /** Check and change as one step of this process. */
  async #change<T>(
    paths: readonly BackendPath[],
    call: Call,
    body: (tree: EntryTree) => Promise<T>,
  ): Promise<T> {
    return await this.#shared.treeLock.run(paths, call.signal, async () =>
      body(await this.#index.tree(call)),
    );
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
      generation: this.#shared.nextGeneration(),
      createdAt: this.#index.known().file(path)?.createdAt ?? modifiedAt,
      modifiedAt,
    };
    const isThere = await this.#index.learnFrom(this.#attachment.attach(file, call));
    if (!isThere && !(await this.#isReplaced(file, call))) throw vanished(path);
    for (const piece of draft.pieces) this.#shared.changes.add({ put: piece });
    this.#shared.changes.add({ put: file });
    await this.#removal.removeReplaced(file);
    await this.#removal.removeDoubles(draft);
    return fileInfo(file);
  }

  /** Whether another process has written the path since: then its writer has removed ours, as it should. */
  async #isReplaced(file: FileEntry, call: Call): Promise<boolean> {
    const holder = (await this.#index.refreshed(call)).file(file.path);
    return holder !== undefined && compareVersions(holder, file) > 0;
  }

  async #addDirectory(path: BackendPath, call: Call): Promise<void> {
    assertPathFits(path);
    await this.#withDraft(async (draft) => {
      const entry: DirectoryEntry = {
        kind: 'directory',
        fileId: await this.#uploader.uploadHead(draft, undefined, call),
        writeId: draft.writeId,
        path,
        generation: this.#shared.nextGeneration(),
        createdAt: Date.now(),
      };
      if (!(await this.#index.learnFrom(this.#attachment.attach(entry, call)))) throw vanished(path);
      this.#shared.changes.add({ put: entry });
      await this.#removal.removeDoubles(draft);
    });
  }

  /** Sees to it that a directory stays when what is leaving has left it. */
  async #keepDirectory(path: BackendPath, call: Call): Promise<void> {
    const tree = this.#index.known();
    const isLeaving = ({ fileId }: { readonly fileId: string }): boolean => this.#shared.leaving.has(fileId);
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
      await this.#removal.removeVersions(entries, call);
    });
  }

  async #leaving(entries: readonly { readonly fileId: string }[], body: () => Promise<void>): Promise<void> {
    for (const { fileId } of entries) this.#shared.leaving.add(fileId);
    try {
      await body();
    } finally {
      for (const { fileId } of entries) this.#shared.leaving.delete(fileId);
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
      if (await this.#attachment.update(moved, call)) this.#shared.changes.add({ put: moved });
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
