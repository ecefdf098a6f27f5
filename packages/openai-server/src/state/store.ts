import type { AttachedFile, Attributes, Status } from './attached-file.ts';
import type { Clock } from './clock.ts';
import { Collection } from './collection.ts';
import type { Limits } from './limits.ts';
import { RateWindow } from './rate-window.ts';
import type { Settling } from './settling.ts';

const DAY = 24 * 3600;

export interface Batch {
  readonly id: string;
  readonly createdAt: number;
  readonly entries: Collection<AttachedFile>;
  cancelled: boolean;
}

/** The files of a store as one list shows them. */
export interface ListedView {
  shows(entry: AttachedFile): boolean;
  status(entry: AttachedFile): Status;
  attributes(entry: AttachedFile): Attributes;
}

/** A vector store. */
export class Store {
  readonly id: string;
  readonly createdAt: number;
  readonly entries: Collection<AttachedFile> = new Collection();
  readonly batches: Map<string, Batch> = new Map();
  readonly attachRate: RateWindow;
  name = '';
  metadata: Record<string, string> = {};
  /** Days after `lastActiveAt` until it expires. */
  expiresAfterDays: number | undefined;
  #lastActiveAt: number;
  readonly #clock: Clock;
  /** Entries of which some reader may still see an earlier state. */
  readonly #unsettled = new Set<AttachedFile>();

  constructor(id: string, createdAt: number, clock: Clock, limits: Limits) {
    this.id = id;
    this.createdAt = createdAt;
    this.attachRate = new RateWindow(clock, () => limits.attachmentsPerMinute);
    this.#lastActiveAt = createdAt;
    this.#clock = clock;
  }

  get lastActiveAt(): number {
    return this.#lastActiveAt;
  }

  get expiresAt(): number | undefined {
    if (this.expiresAfterDays === undefined) return undefined;
    return this.#lastActiveAt + this.expiresAfterDays * DAY;
  }

  get expired(): boolean {
    return this.expiresAt !== undefined && this.expiresAt <= this.#clock.second();
  }

  /** Notes activity, which puts off the expiry of a store that has not expired yet. */
  touch(): void {
    if (!this.expired) this.#lastActiveAt = this.#clock.second();
  }

  /** The attached files, also those that no reader sees yet. */
  attachedEntries(): AttachedFile[] {
    return this.entries.sorted().filter((entry) => entry.detached === undefined);
  }

  attached(fileId: string): AttachedFile | undefined {
    const entry = this.entries.get(fileId);
    return entry?.detached === undefined ? entry : undefined;
  }

  attach(entry: AttachedFile): void {
    this.entries.add(entry);
    this.#note(entry);
  }

  update(entry: AttachedFile, attributes: Attributes, settling: Settling): void {
    const shown = entry.outdated?.settling.pending ? entry.outdated.attributes : entry.attributes;
    entry.outdated = { attributes: shown, settling };
    entry.attributes = attributes;
    this.#note(entry);
  }

  detach(entry: AttachedFile, settling: Settling): void {
    entry.detached = settling;
    this.#note(entry);
    if (!settling.pending) this.#forget(entry);
  }

  /** The files as the next list shows them. Asking counts as a look, which brings every pending change one list nearer. */
  look(): ListedView {
    const hidden = new Set<AttachedFile>();
    const processing = new Set<AttachedFile>();
    const outdated = new Map<AttachedFile, Attributes>();
    for (const entry of this.#unsettled) {
      if (entry.detached !== undefined) {
        if (!entry.detached.look()) this.#forget(entry);
      } else if (entry.listed.look()) hidden.add(entry);
      if (entry.poll() === 'in_progress') processing.add(entry);
      if (entry.outdated?.settling.look()) outdated.set(entry, entry.outdated.attributes);
      if (!entry.isUnsettled) this.#unsettled.delete(entry);
    }
    return {
      shows: (entry) => !hidden.has(entry) && this.entries.get(entry.id) === entry,
      status: (entry) => (processing.has(entry) ? 'in_progress' : entry.status),
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

  #note(entry: AttachedFile): void {
    if (entry.isUnsettled) this.#unsettled.add(entry);
    this.touch();
  }

  #forget(entry: AttachedFile): void {
    this.#unsettled.delete(entry);
    if (this.entries.get(entry.id) === entry) this.entries.delete(entry.id);
  }
}
