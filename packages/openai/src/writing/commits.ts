import type { FileInfo } from '@f9/core';
import { type BackendPath, parentPath, ROOT, type ServiceClock } from '@f9/core/driver';
import { compareVersions, type DirectoryEntry, type FileEntry } from '../entries/entry.ts';
import { fileInfo } from '../entries/entry-tree.ts';
import type { SharedState } from '../entries/shared-state.ts';
import type { StoreIndex } from '../entries/store-index.ts';
import { OpenAIBackendError } from '../errors.ts';
import type { Call } from '../service/call.ts';
import { Draft, type PreparedFile } from './draft.ts';
import type { Heads } from './heads.ts';
import type { Removal } from './removal.ts';
import type { Uploads } from './uploads.ts';

/** Turns uploads into files and directories of the vault. */
export class Commits {
  readonly #clock: ServiceClock;
  readonly #shared: SharedState;
  readonly #index: StoreIndex;
  readonly #uploads: Uploads;
  readonly #heads: Heads;
  readonly #removal: Removal;

  constructor(
    clock: ServiceClock,
    shared: SharedState,
    index: StoreIndex,
    uploads: Uploads,
    heads: Heads,
    removal: Removal,
  ) {
    this.#clock = clock;
    this.#shared = shared;
    this.#index = index;
    this.#uploads = uploads;
    this.#heads = heads;
    this.#removal = removal;
  }

  /** Runs `body`; if it fails, takes back what it did with the draft. */
  async withDraft<T>(body: (draft: Draft) => Promise<T>): Promise<T> {
    const draft = new Draft(this.#clock.now());
    try {
      return await body(draft);
    } catch (error) {
      this.#removal.discard(draft);
      throw error;
    }
  }

  /** Attaches the head, which makes the file complete, and only then removes what it replaces. */
  async file(path: BackendPath, draft: Draft, prepared: PreparedFile, call: Call): Promise<FileInfo> {
    const modifiedAt = Math.floor(this.#clock.now());
    const version: FileEntry = {
      ...prepared,
      kind: 'file',
      path,
      generation: await this.#index.nextGeneration(call),
      createdAt: this.#index.known().file(path)?.createdAt ?? modifiedAt,
      modifiedAt,
    };
    const attached = await this.#heads.attach(draft, version, call);
    if (attached === undefined && !(await this.#isReplaced(version, call))) throw vanished(path);
    const file = attached ?? version;
    for (const piece of draft.pieces) this.#shared.changes.add({ put: piece });
    this.#shared.changes.add({ put: file });
    await this.#removal.removeReplaced(file);
    await this.#removal.removeRest(draft);
    return fileInfo(file).with({ checksum: file.sha256 });
  }

  async directory(path: BackendPath, call: Call): Promise<void> {
    await this.withDraft(async (draft) => {
      const entry: DirectoryEntry = {
        kind: 'directory',
        fileId: await this.#uploads.bare(draft, call),
        writeId: draft.writeId,
        path,
        generation: await this.#index.nextGeneration(call),
        createdAt: Math.floor(this.#clock.now()),
      };
      if ((await this.#heads.attach(draft, entry, call)) === undefined) throw vanished(path);
      this.#shared.changes.add({ put: entry });
      await this.#removal.removeRest(draft);
    });
  }

  /** Makes sure that the directory above `path` remains when its last entry leaves. */
  async keepParent(path: BackendPath, call: Call): Promise<void> {
    const parent = parentPath(path);
    const tree = this.#index.known();
    const isLeaving = ({ fileId }: { readonly fileId: string }): boolean => this.#shared.leaving.has(fileId);
    if (parent === ROOT || tree.directoryEntries(parent).some((entry) => !isLeaving(entry))) return;
    if (!tree.hasContent(parent, isLeaving)) await this.directory(parent, call);
  }

  /** Whether another process has written the path since; its writer has then rightly removed our version. */
  async #isReplaced(file: FileEntry, call: Call): Promise<boolean> {
    const holder = (await this.#index.refreshed(call)).file(file.path);
    return holder !== undefined && compareVersions(holder, file) > 0;
  }
}

/** The error where the file that was just written has gone again. */
export function vanished(path: string): OpenAIBackendError {
  return new OpenAIBackendError(
    'UNAVAILABLE',
    `Cannot write ${JSON.stringify(path)}: somebody else has removed it from the vector store; try again`,
    { path },
  );
}
