import type OpenAI from 'openai';
import { notFound } from './api-error.ts';
import type { Clock } from './clock.ts';
import { Collection } from './collection.ts';
import type { Settling } from './settling.ts';

/** A File as the service keeps it. */
export interface StoredFile {
  readonly id: string;
  readonly createdAt: number;
  readonly filename: string;
  readonly bytes: Buffer;
  readonly purpose: OpenAI.FilePurpose;
  /** Seconds since 1970. */
  readonly expiresAt: number | undefined;
  /** While pending, lists do not show it yet. */
  readonly listed: Settling;
  /** Set once it is deleted; while pending, lists go on showing it. */
  deleted?: Settling;
}

/** The Files, with the view that lists give of them. */
export class StoredFiles {
  readonly all: Collection<StoredFile> = new Collection();
  readonly #unsettled = new Set<StoredFile>();
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get(id: string): StoredFile {
    const file = this.all.get(id);
    if (file === undefined || this.isGone(file)) throw notFound(`No such File object: ${id}`, 'id');
    return file;
  }

  isGone(file: StoredFile): boolean {
    return file.deleted !== undefined || this.#hasExpired(file);
  }

  add(file: StoredFile): void {
    this.all.add(file);
    if (file.listed.pending) this.#unsettled.add(file);
  }

  delete(file: StoredFile, settling: Settling): void {
    file.deleted = settling;
    if (settling.pending) this.#unsettled.add(file);
    else this.#forget(file);
  }

  /** A test of what the next list shows. Asking counts as a look, which brings pending changes one list nearer. */
  look(): (file: StoredFile) => boolean {
    const hidden = new Set<StoredFile>();
    for (const file of this.#unsettled) {
      if (file.deleted !== undefined) {
        if (!file.deleted.look()) this.#forget(file);
      } else if (file.listed.look()) hidden.add(file);
      else this.#unsettled.delete(file);
    }
    return (file) => !hidden.has(file) && !this.#hasExpired(file);
  }

  settle(): void {
    for (const file of this.#unsettled) {
      file.listed.end();
      if (file.deleted !== undefined) this.#forget(file);
    }
    this.#unsettled.clear();
  }

  #hasExpired(file: StoredFile): boolean {
    return file.expiresAt !== undefined && file.expiresAt <= this.#clock.second();
  }

  #forget(file: StoredFile): void {
    this.#unsettled.delete(file);
    this.all.delete(file.id);
  }
}
