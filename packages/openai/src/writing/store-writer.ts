import type { FileInfo } from '@f9/core';
import {
  type AppendOptions,
  assertMatch,
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
import { directoryValue, fitsAttributes } from '../entries/attributes.ts';
import type { DamagedEntry, DirectoryEntry, FileEntry } from '../entries/entry.ts';
import { type EntryTree, fileInfo } from '../entries/entry-tree.ts';
import type { SharedState } from '../entries/shared-state.ts';
import type { StoreIndex } from '../entries/store-index.ts';
import type { Call } from '../service/call.ts';
import type { Attachment } from './attachment.ts';
import type { Background } from './background.ts';
import { type Commits, vanished } from './commits.ts';
import type { Removal } from './removal.ts';
import type { Uploader } from './uploader.ts';

/** Changes the content of a store: the new is complete before anybody sees it, and only then the old is removed. */
export class StoreWriter {
  readonly #shared: SharedState;
  readonly #index: StoreIndex;
  readonly #attachment: Attachment;
  readonly #uploader: Uploader;
  readonly #commits: Commits;
  readonly #reader: FileReader;
  readonly #removal: Removal;
  readonly #background: Background;

  constructor(
    shared: SharedState,
    index: StoreIndex,
    attachment: Attachment,
    uploader: Uploader,
    commits: Commits,
    reader: FileReader,
    removal: Removal,
    background: Background,
  ) {
    this.#shared = shared;
    this.#index = index;
    this.#attachment = attachment;
    this.#uploader = uploader;
    this.#commits = commits;
    this.#reader = reader;
    this.#removal = removal;
    this.#background = background;
  }

  async write(path: BackendPath, source: ByteSource, options: WriteOptions): Promise<FileInfo> {
    const call = { signal: options.signal, path };
    assertPlace(await this.#index.tree(call), path, options);
    return await this.#commits.withDraft(async (draft) => {
      const prepared = await this.#uploader.upload(draft, path, source, call);
      return await this.#change([path], call, async (tree) => {
        // The tree may have changed while the source was read.
        assertPlace(tree, path, options);
        return await this.#commits.file(path, draft, prepared, call);
      });
    });
  }

  async append(path: BackendPath, source: ByteSource, { signal, ifMatch }: AppendOptions): Promise<FileInfo> {
    const call = { signal, path };
    return await this.#change([path], call, async (tree) => {
      tree.readable(path);
      assertMatch(path, tree.info(path), ifMatch);
      const read = this.#reader.read(path, {}, call);
      async function* joined(): AsyncGenerator<Uint8Array> {
        yield* read;
        yield* chunksOf(source);
      }
      return await this.#commits.withDraft(async (draft) => {
        const prepared = await this.#uploader.upload(draft, path, joined(), call);
        return await this.#commits.file(path, draft, prepared, call);
      });
    });
  }

  async makeDirectory(path: BackendPath, { signal, ifExists }: MakeDirectoryOptions): Promise<FileInfo> {
    const call = { signal, path };
    return await this.#change([path], call, async (tree) => {
      const current = tree.info(path);
      if (isDirectoryKept(path, current, { ifExists })) return current!;
      assertParents(tree, path);
      await this.#commits.directory(path, call);
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
      await this.#removeFrom(path, current.isDir ? tree.directoryEntries(path) : tree.filesAt(path), call);
    });
  }

  async removeTree(path: BackendPath, { signal }: DriverOptions): Promise<void> {
    const call = { signal, path };
    await this.#change([path], call, async (tree) => {
      await this.#removeFrom(path, tree.under(path), call);
    });
  }

  /** Changes the place of the file in one request, so that it is never at both places or at none. */
  async move(from: BackendPath, to: BackendPath, options: WriteOptions): Promise<FileInfo> {
    const call = { signal: options.signal, path: from };
    return await this.#change([from, to], call, async (tree) => {
      const file = tree.readable(from);
      assertPlace(tree, to, options);
      const moved = { ...file, path: to, generation: await this.#index.nextGeneration(call) };
      if (!fitsAttributes(moved)) return await this.#moveByCopy(from, to, call);
      // Older versions would appear once the one above them leaves.
      await this.#removal.remove(
        tree.filesAt(from).filter((other) => other !== file),
        call,
      );
      await this.#leaving([file], async () => {
        if (!isWithin(to, parentPath(from))) await this.#commits.keepParent(from, call);
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

  /** Makes check and change one step within this process. */
  async #change<T>(
    paths: readonly BackendPath[],
    call: Call,
    body: (tree: EntryTree) => Promise<T>,
  ): Promise<T> {
    return await this.#shared.treeLock.run(paths, call.signal, async () =>
      body(await this.#index.tree(call)),
    );
  }

  async #removeFrom(
    path: BackendPath,
    entries: readonly (FileEntry | DirectoryEntry | DamagedEntry)[],
    call: Call,
  ): Promise<void> {
    await this.#leaving(entries, async () => {
      await this.#commits.keepParent(path, call);
      await this.#removal.remove(entries, call);
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

  /** Moves a file whose bytes do not fit into the attributes beside a longer path: they take another form. */
  async #moveByCopy(from: BackendPath, to: BackendPath, call: Call): Promise<FileInfo> {
    const made = await this.#commits.withDraft(async (draft) => {
      const source = this.#reader.read(from, {}, call);
      const prepared = await this.#uploader.upload(draft, to, source, { ...call, path: to });
      return await this.#commits.file(to, draft, prepared, call);
    });
    await this.#removeFrom(from, this.#index.known().filesAt(from), call);
    return made;
  }

  /** Moves the passages too, since search looks for them by their directory. */
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
    if (tree.info(parent)?.isDir === false) throw notDirectory(parent);
  }
}
