import type OpenAI from 'openai';
import type { Chunking } from './chunking.ts';
import { Collection } from './collection.ts';
import { decodeText } from './parsed-content.ts';
import type { RateWindow } from './rate-window.ts';
import type { StoredFile } from './service.ts';
import type { Settling } from './settling.ts';
import type { Attributes } from './validation.ts';

type LastError = OpenAI.VectorStores.VectorStoreFile.LastError;

/** How the processing of an attached file ends. */
export interface Outcome {
  readonly status: 'completed' | 'failed' | 'cancelled';
  readonly error: LastError | null;
}

/** A File attached to a store. */
export class Entry {
  readonly id: string;
  readonly createdAt: number;
  readonly file: StoredFile;
  readonly chunking: Chunking;
  attributes: Attributes;
  outcome: Outcome;
  /** While pending: its status is `in_progress`. */
  readonly processing: Settling;
  /** While pending: reading it answers 404. */
  readonly visible: Settling;
  /** While pending: lists do not show it. */
  readonly listed: Settling;
  /** Attributes that lists show while `settling` is pending. */
  outdated?: { readonly attributes: Attributes; readonly settling: Settling };
  /** Set once it is detached; while pending, lists go on showing it. */
  detached?: Settling;

  constructor(
    file: StoredFile,
    createdAt: number,
    details: {
      attributes: Attributes;
      chunking: Chunking;
      outcome: Outcome;
      processing: Settling;
      visible: Settling;
      listed: Settling;
    },
  ) {
    this.id = file.id;
    this.file = file;
    this.createdAt = createdAt;
    this.attributes = details.attributes;
    this.chunking = details.chunking;
    this.outcome = details.outcome;
    this.processing = details.processing;
    this.visible = details.visible;
    this.listed = details.listed;
  }

  get status(): OpenAI.VectorStores.VectorStoreFile['status'] {
    return this.processing.pending ? 'in_progress' : this.outcome.status;
  }

  /** What the parser made of the file. */
  get text(): string {
    return decodeText(this.file.bytes);
  }

  get usageBytes(): number {
    return this.status === 'completed' ? this.file.bytes.byteLength : 0;
  }

  /** True while some reader may see something else than the truth. */
  get isUnsettled(): boolean {
    return (
      this.detached !== undefined ||
      this.listed.pending ||
      this.processing.pending ||
      this.outdated?.settling.pending === true
    );
  }

  /** Ends processing that is still under way. */
  cancel(): void {
    if (!this.processing.pending) return;
    this.outcome = { status: 'cancelled', error: null };
    this.processing.end();
  }

  settle(): void {
    this.processing.end();
    this.visible.end();
    this.listed.end();
    this.outdated?.settling.end();
    this.detached?.end();
  }
}

export interface Batch {
  readonly id: string;
  readonly createdAt: number;
  readonly entries: Collection<Entry>;
  cancelled: boolean;
}

/** A vector store. */
export class Store {
  readonly id: string;
  readonly createdAt: number;
  readonly entries: Collection<Entry> = new Collection();
  readonly batches: Map<string, Batch> = new Map();
  readonly attachRate: RateWindow;
  readonly #unsettled = new Set<Entry>();
  readonly #second: () => number;
  name: string;
  metadata: Record<string, string>;
  lastActiveAt: number;
  /** Days after `lastActiveAt`. */
  expiresAfterDays: number | undefined;

  constructor(id: string, createdAt: number, name: string, attachRate: RateWindow, second: () => number) {
    this.id = id;
    this.createdAt = createdAt;
    this.name = name;
    this.metadata = {};
    this.lastActiveAt = createdAt;
    this.attachRate = attachRate;
    this.#second = second;
  }

  get expiresAt(): number | undefined {
    return this.expiresAfterDays === undefined
      ? undefined
      : this.lastActiveAt + this.expiresAfterDays * 86_400;
  }

  get expired(): boolean {
    return this.expiresAt !== undefined && this.expiresAt <= this.#second();
  }

  touch(): void {
    this.lastActiveAt = this.#second();
  }

  /** The attached file with this id, whoever can see it yet. */
  attached(fileId: string): Entry | undefined {
    const entry = this.entries.get(fileId);
    return entry?.detached === undefined ? entry : undefined;
  }

  attach(entry: Entry): void {
    this.entries.add(entry);
    this.#note(entry);
    this.touch();
  }

  update(entry: Entry, attributes: Attributes, settling: Settling): void {
    const before = entry.outdated?.settling.pending ? entry.outdated.attributes : entry.attributes;
    entry.outdated = { attributes: before, settling };
    entry.attributes = attributes;
    this.#note(entry);
    this.touch();
  }

  detach(entry: Entry, settling: Settling): void {
    entry.detached = settling;
    this.#note(entry);
    this.touch();
    if (!settling.pending) this.#forget(entry);
  }

  /** What the next list of this store shows. Asking is a look: changes on their way come one list nearer. */
  look(): ListedView {
    const hidden = new Set<Entry>();
    const outdated = new Map<Entry, Attributes>();
    for (const entry of this.#unsettled) {
      if (entry.detached !== undefined) {
        if (!entry.detached.look()) this.#forget(entry);
      } else if (entry.listed.look()) hidden.add(entry);
      if (entry.outdated?.settling.look()) outdated.set(entry, entry.outdated.attributes);
      if (!entry.isUnsettled) this.#unsettled.delete(entry);
    }
    return {
      shows: (entry) => !hidden.has(entry) && this.entries.get(entry.id) === entry,
      attributes: (entry) => outdated.get(entry) ?? entry.attributes,
    };
  }

  settle(): void {
    for (const entry of this.#unsettled) {
      entry.settle();
      if (entry.detached !== undefined) this.#forget(entry);
    }
    this.#unsettled.clear();
  }

  #note(entry: Entry): void {
    if (entry.isUnsettled) this.#unsettled.add(entry);
  }

  #forget(entry: Entry): void {
    this.#unsettled.delete(entry);
    if (this.entries.get(entry.id) === entry) this.entries.delete(entry.id);
  }
}

export interface ListedView {
  shows(entry: Entry): boolean;
  attributes(entry: Entry): Attributes;
}
