import { forEachConcurrently } from '@f9/core/driver';
import type { DirectoryEntry, FileEntry, PieceEntry } from '../entries/entry.ts';
import type { Call } from '../service/call.ts';
import type { Place } from '../workings.ts';
import type { Background } from './background.ts';
import type { Draft } from './draft.ts';

/** Files removed at the same time. */
const CONCURRENCY = 8;

/** Takes out of the service what is of no use any more. */
export class Removal {
  readonly #place: Place;
  readonly #background: Background;

  constructor(place: Place, background: Background) {
    this.#place = place;
    this.#background = background;
  }

  /** Takes back all that a write has done, without anybody waiting for it. */
  discard(draft: Draft): void {
    void this.#background.run(async (signal) => {
      const isKnown = draft.fileIds.length === draft.names.length && !draft.isDoubtful;
      const found = isKnown
        ? []
        : await this.#place.service.findUploads(draft.names, draft.begun, { signal });
      await this.erase([...new Set([...draft.fileIds, ...found])], { signal });
      if (draft.hasBlob) await this.#place.contentStore!.delete(draft.writeId, { signal });
    });
  }

  /** Deletes the Files that a write has uploaded twice, since a list did not show the first one in time. */
  async removeDoubles(draft: Draft): Promise<void> {
    if (!draft.isDoubtful) return;
    await this.#background.run(async (signal) => {
      const found = await this.#place.service.findUploads(draft.names, draft.begun, { signal });
      await this.erase(
        found.filter((fileId) => !draft.fileIds.includes(fileId)),
        { signal },
      );
    });
  }

  /** Removes the File of what is out of the store already, and its bytes once nobody reads them. */
  async retire(entry: FileEntry | DirectoryEntry, pieces: readonly PieceEntry[]): Promise<void> {
    await this.#background.run((signal) => this.#place.service.deleteUpload(entry.fileId, { signal }));
    const hasBlob = entry.kind === 'file' && entry.bytes.form === 'external';
    if (pieces.length === 0 && !hasBlob) return;
    const removed = this.#background.run(async (signal) => {
      await Promise.race([this.#place.vault.unpinned(entry.writeId), this.#background.closing]);
      const fileIds = pieces.map(({ fileId }) => fileId);
      await this.erase(fileIds, { signal });
      if (hasBlob) await this.#place.contentStore?.delete(entry.writeId, { signal });
    });
    // A reader may take as long as it likes.
    if (!this.#place.vault.isPinned(entry.writeId)) await removed;
  }

  /** Takes Files out of the store and deletes them: the one without the other would leave half of it. */
  async erase(fileIds: readonly string[], call: Call): Promise<void> {
    await forEachConcurrently(fileIds, CONCURRENCY, async (fileId) => {
      await this.#place.service.detach(fileId, call);
      this.#place.vault.changes.add({ drop: fileId });
      await this.#place.service.deleteUpload(fileId, call);
    });
  }
}
