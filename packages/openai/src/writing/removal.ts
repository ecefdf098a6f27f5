import { forEachConcurrently } from '@f9/core/driver';
import type { ContentStore } from '../bytes/content-store.ts';
import {
  compareVersions,
  type DamagedEntry,
  type DirectoryEntry,
  type FileEntry,
  type PieceEntry,
} from '../entries/entry.ts';
import type { SharedState } from '../entries/shared-state.ts';
import type { StoreIndex } from '../entries/store-index.ts';
import type { Call } from '../service/call.ts';
import type { Service } from '../service/service.ts';
import type { Background } from './background.ts';
import type { Draft } from './draft.ts';

/** Files removed at the same time. */
const CONCURRENCY = 8;

/** Removes Files that are of no use any more from the service. */
export class Removal {
  readonly #service: Service;
  readonly #contentStore: ContentStore | undefined;
  readonly #shared: SharedState;
  readonly #index: StoreIndex;
  readonly #background: Background;

  constructor(
    service: Service,
    contentStore: ContentStore | undefined,
    shared: SharedState,
    index: StoreIndex,
    background: Background,
  ) {
    this.#service = service;
    this.#contentStore = contentStore;
    this.#shared = shared;
    this.#index = index;
    this.#background = background;
  }

  /** Removes the entries at some paths, at every path the oldest first, so that no old version appears in between. */
  async remove(entries: readonly (FileEntry | DirectoryEntry | DamagedEntry)[], call: Call): Promise<void> {
    const damaged = entries.filter((entry) => entry.kind === 'damaged');
    await this.#index.learnFrom(
      this.erase(
        damaged.map(({ fileId }) => fileId),
        call,
      ),
    );
    const whole = entries.filter((entry) => entry.kind !== 'damaged');
    const byPath = Map.groupBy(whole, ({ path }) => path).values();
    await forEachConcurrently(byPath, CONCURRENCY, async (versions) => {
      for (const entry of versions.sort(compareVersions)) {
        const pieces = this.#index.known().pieces(entry.writeId);
        await this.#index.learnFrom(this.#service.detach(entry.fileId, call));
        this.#shared.changes.add({ drop: entry.fileId });
        await this.#retire(entry, pieces);
      }
    });
  }

  /** Removes what a new version has replaced. The new version stands even if that fails. */
  async removeReplaced(file: FileEntry): Promise<void> {
    const replaced = this.#index
      .known()
      .filesAt(file.path)
      .filter((other) => other.kind === 'damaged' || compareVersions(other, file) < 0);
    if (replaced.length === 0) return;
    await this.#background.run((signal) => this.remove(replaced, { signal, path: file.path }));
  }

  /** Takes back everything that a write has done, without anybody waiting for it. */
  discard(draft: Draft): void {
    void this.#background.run(async (signal) => {
      const { names, fileIds } = draft;
      const isKnown = fileIds.length === names.length && !draft.isDoubtful;
      const found = isKnown ? [] : await this.#service.findUploads(names, draft.begun, { signal });
      await this.erase([...new Set([...fileIds, ...found])], { signal });
      if (draft.hasBlob) await this.#contentStore!.delete(draft.writeId, { signal });
    });
  }

  /**
   * Deletes leftovers of a successful write: content that the service would not process, and Files that were uploaded twice because a
   * list did not show the first one in time.
   */
  async removeRest(draft: Draft): Promise<void> {
    const { fileIds, refused, isDoubtful } = draft;
    if (refused.length === 0 && !isDoubtful) return;
    await this.#background.run(async (signal) => {
      const found = isDoubtful ? await this.#service.findUploads(draft.names, draft.begun, { signal }) : [];
      const doubles = found.filter((fileId) => !fileIds.includes(fileId));
      await this.erase([...refused, ...doubles], { signal });
    });
  }

  /** Detaches Files from the store and deletes them, since either alone would leave half of it. */
  async erase(fileIds: readonly string[], call: Call): Promise<void> {
    await forEachConcurrently(fileIds, CONCURRENCY, async (fileId) => {
      await this.#service.detach(fileId, call);
      this.#shared.changes.add({ drop: fileId });
      await this.#service.deleteUpload(fileId, call);
    });
  }

  /** Removes the File of an entry that is out of the store already, and its bytes once nobody reads them. */
  async #retire(entry: FileEntry | DirectoryEntry, pieces: readonly PieceEntry[]): Promise<void> {
    await this.#background.run((signal) => this.#service.deleteUpload(entry.fileId, { signal }));
    const hasBlob = entry.kind === 'file' && entry.bytes.form === 'external';
    if (pieces.length === 0 && !hasBlob) return;
    const removed = this.#background.run(async (signal) => {
      await this.#background.untilClosing(this.#shared.unpinned(entry.writeId));
      const fileIds = pieces.map(({ fileId }) => fileId);
      await this.erase(fileIds, { signal });
      if (hasBlob) await this.#contentStore?.delete(entry.writeId, { signal });
    });
    // Not awaited while the bytes are read, since a reader may take as long as it likes.
    if (!this.#shared.isPinned(entry.writeId)) await removed;
  }
}
