import type { Admission } from '../entries/admission.ts';
import type { DirectoryEntry, FileEntry } from '../entries/entry.ts';
import type { StoreIndex } from '../entries/store-index.ts';
import type { Call } from '../service/call.ts';
import type { Attachment } from './attachment.ts';
import type { Draft } from './draft.ts';
import type { Uploads } from './uploads.ts';

/** Attaches heads, which make files and directories appear: with text for search if the service takes it, else without. */
export class Heads {
  readonly #index: StoreIndex;
  readonly #attachment: Attachment;
  readonly #admission: Admission;
  readonly #uploads: Uploads;

  constructor(index: StoreIndex, attachment: Attachment, admission: Admission, uploads: Uploads) {
    this.#index = index;
    this.#attachment = attachment;
    this.#admission = admission;
    this.#uploads = uploads;
  }

  /** The entry as it is in the store now; `undefined` where somebody else removed it meanwhile. */
  async attach<T extends FileEntry | DirectoryEntry>(
    draft: Draft,
    entry: T,
    call: Call,
  ): Promise<T | undefined> {
    const attached = await this.#index.learnFrom(this.#attachment.attach(entry, call));
    if (attached === 'done') {
      // The store takes other content, so it refused these for what they are.
      for (const sum of draft.refusedSums) this.#admission.refuse(sum);
      return entry;
    }
    if (attached === 'vanished') return undefined;
    if (entry.kind !== 'file' || !entry.hasText)
      throw await this.#uploads.refusal(draft, attached.refused, call);
    if (draft.headSum !== undefined) draft.refusedSums.push(draft.headSum);
    draft.refused.push(entry.fileId);
    const fileId = await this.#uploads.bare(draft, call);
    return await this.attach(draft, { ...entry, fileId, hasText: false, gap: 'refused' }, call);
  }
}
