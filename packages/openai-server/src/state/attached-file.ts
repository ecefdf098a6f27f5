import type OpenAI from 'openai';
import { parse } from './parsed-content.ts';
import type { Settling } from './settling.ts';
import type { StoredFile } from './stored-files.ts';

export type Status = OpenAI.VectorStores.VectorStoreFile['status'];
type LastError = OpenAI.VectorStores.VectorStoreFile.LastError;

export type Attributes = Record<string, string | number | boolean>;

/** Chunk sizes in tokens. */
export interface Chunking {
  readonly size: number;
  readonly overlap: number;
}

/** The end of the processing of an attached file. */
export interface Outcome {
  readonly status: Exclude<Status, 'in_progress'>;
  readonly error: LastError | null;
}

interface AttachedFileDetails {
  readonly createdAt: number;
  readonly attributes: Attributes;
  readonly chunking: Chunking;
  readonly outcome: Outcome;
  /** Pending while its status is `in_progress`. */
  readonly processing: Settling;
  /** Pending while reading it answers 404. */
  readonly visible: Settling;
  /** Pending while lists do not show it. */
  readonly listed: Settling;
}

/** A File attached to a store. */
export class AttachedFile {
  readonly id: string;
  readonly createdAt: number;
  readonly file: StoredFile;
  readonly chunking: Chunking;
  readonly processing: Settling;
  readonly visible: Settling;
  readonly listed: Settling;
  attributes: Attributes;
  /** The attributes that lists show while `settling` is pending. */
  outdated?: { readonly attributes: Attributes; readonly settling: Settling };
  /** Set once it is detached; while pending, lists go on showing it. */
  detached?: Settling;
  #outcome: Outcome;

  constructor(file: StoredFile, details: AttachedFileDetails) {
    this.id = file.id;
    this.file = file;
    this.createdAt = details.createdAt;
    this.attributes = details.attributes;
    this.chunking = details.chunking;
    this.processing = details.processing;
    this.visible = details.visible;
    this.listed = details.listed;
    this.#outcome = details.outcome;
  }

  get status(): Status {
    return this.processing.pending ? 'in_progress' : this.#outcome.status;
  }

  /** Its status as a client sees it. Asking counts as a look, which brings the end of the processing nearer. */
  poll(): Status {
    return this.processing.look() ? 'in_progress' : this.#outcome.status;
  }

  /** The reason why processing failed. */
  get error(): LastError | null {
    return this.#outcome.error;
  }

  /** The text that the parser made of the file. */
  get text(): string {
    return parse(this.file.filename, this.file.bytes) ?? '';
  }

  get usageBytes(): number {
    return this.status === 'completed' ? this.file.bytes.byteLength : 0;
  }

  /** Whether some reader may still see an earlier state. */
  get isUnsettled(): boolean {
    const { detached, outdated, listed, visible, processing } = this;
    if (detached !== undefined || outdated?.settling.pending) return true;
    return listed.pending || visible.pending || processing.pending;
  }

  /** Ends processing; false if it was over already. */
  cancel(): boolean {
    if (!this.processing.pending) return false;
    this.#outcome = { status: 'cancelled', error: null };
    this.processing.end();
    return true;
  }

  settle(): void {
    for (const settling of [
      this.processing,
      this.visible,
      this.listed,
      this.outdated?.settling,
      this.detached,
    ]) {
      settling?.end();
    }
  }
}
