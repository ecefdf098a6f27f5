import { SharedRun } from '@f9/core/driver';
import type { Call } from '../service/call.ts';
import type { Service, StoreFile } from '../service/service.ts';
import type { Change, LogPosition } from './change-log.ts';
import { decodeEntry } from './decode.ts';
import type { DamagedEntry } from './entry.ts';
import { EntryTree } from './entry-tree.ts';
import type { SharedState } from './shared-state.ts';

/** Milliseconds for which a list is believed, or, if more, this many times as long as it took to read. */
const DEFAULT_TTL = 5000;
const TTL_PER_LOAD = 10;
/** Milliseconds from which on a list is worth reading ahead. */
const LONG_LOAD = 200;

/** The entries of the store by its lists, with the changes of this process on top, so that no file is asked for by itself. */
export class StoreIndex {
  readonly #service: Service;
  readonly #shared: SharedState;
  readonly #cacheTtl: number | undefined;
  readonly #refresh = new SharedRun(({ signal }) => this.#load(signal));
  #tree = new EntryTree();
  /** The position in the log up to which the tree holds all changes. */
  #position: LogPosition;
  #loadedAt = Number.NEGATIVE_INFINITY;
  #loadedAtService = Number.NEGATIVE_INFINITY;
  /** Milliseconds that the list took. */
  #loadTime = 0;
  /** Whether a list is being read that nobody waits for. */
  #isAhead = false;
  readonly #closing = new AbortController();
  /** Lists that began before this are not believed. */
  #expiredAt = Number.NEGATIVE_INFINITY;

  /** @param cacheTtl milliseconds for which a list is believed; `undefined`: by how long it takes to get one */
  constructor(service: Service, shared: SharedState, cacheTtl: number | undefined) {
    this.#service = service;
    this.#shared = shared;
    this.#cacheTtl = cacheTtl;
    this.#position = shared.changes.unsettled();
  }

  /** The tree, at most `cacheTtl` old; all who ask while it is loaded share one list. */
  async tree({ signal }: Call): Promise<EntryTree> {
    const cacheTtl = this.#cacheTtl ?? Math.max(DEFAULT_TTL, this.#loadTime * TTL_PER_LOAD);
    const age = Date.now() - this.#loadedAt;
    if (this.#loadedAt < this.#expiredAt || age >= cacheTtl) await this.#refresh.join(signal);
    else if (this.#loadTime >= LONG_LOAD && age >= Math.max(cacheTtl - 2 * this.#loadTime, cacheTtl / 2)) {
      this.#refreshAhead();
    }
    return this.known();
  }

  /** Begins a long list before the last one gets too old, so that nobody has to wait for it. */
  #refreshAhead(): void {
    if (this.#isAhead) return;
    this.#isAhead = true;
    const done = (): void => {
      this.#isAhead = false;
    };
    // Errors are ignored here: a caller that needs the list later meets those that stay.
    this.#refresh.join(this.#closing.signal).then(done, done);
  }

  /** Ends the list that is read ahead. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#refresh.idle();
  }

  /** The tree of a list that begins now or later. */
  async refreshed({ signal }: Call): Promise<EntryTree> {
    await this.#refresh.joinNext(signal);
    return this.known();
  }

  /**
   * Gives the result of `change`. A change that failed may still have been made, so that afterwards no list which began before is
   * believed.
   */
  async learnFrom<T>(change: Promise<T>): Promise<T> {
    try {
      return await change;
    } catch (error) {
      this.#expiredAt = Date.now();
      throw error;
    }
  }

  /** A generation for a write that begins now, above that of every write which has ended. */
  async nextGeneration(call: Call): Promise<number> {
    const { clock } = this.#service;
    // The service's clock counts whole seconds, so that with a wrong clock here the newest entries have to be looked at too.
    if (clock.isSkewed) await this.#seeNewest(call);
    return this.#shared.nextGeneration(clock.now());
  }

  /** Notes the generations of entries that were added since the list began. */
  async #seeNewest(call: Call): Promise<void> {
    for await (const page of this.#service.list('newest first', call)) {
      for (const { id, attributes } of page) {
        const entry = decodeEntry(id, attributes);
        if (entry !== undefined && 'generation' in entry) this.#shared.sawGeneration(entry.generation);
      }
      if (page.some(({ created_at }) => (created_at + 1) * 1000 < this.#loadedAtService)) return;
    }
  }

  /** The tree of the last list, with the changes made since. */
  known(): EntryTree {
    const tree = this.#tree;
    this.#position = this.#shared.changes.replay(this.#position, (change) => apply(tree, change));
    return tree;
  }

  /**
   * Adds the file to the tree, or gives it back where it is damaged. A file that is not processed is not there yet, or never will be.
   */
  #add(tree: EntryTree, { id, status, attributes }: StoreFile): DamagedEntry | undefined {
    const entry = status === 'completed' ? decodeEntry(id, attributes) : undefined;
    if (entry === undefined) return undefined;
    if (entry.kind === 'damaged') return entry;
    if ('generation' in entry) this.#shared.sawGeneration(entry.generation);
    tree.put(entry);
    return undefined;
  }

  async #load(signal: AbortSignal): Promise<void> {
    const begun = Date.now();
    const begunAtService = this.#service.clock.now();
    const position = this.#shared.changes.unsettled();
    const tree = new EntryTree();
    const suspects: string[] = [];
    for await (const page of this.#service.list('oldest first', { signal })) {
      for (const file of page) if (this.#add(tree, file) !== undefined) suspects.push(file.id);
    }
    // A list may have been garbled on its way, so the file itself is asked for before it counts as damaged.
    for (const fileId of suspects) {
      const seen = await this.#service.look(fileId, { signal });
      const damaged = seen === undefined ? undefined : this.#add(tree, seen.file);
      if (damaged !== undefined) tree.put(damaged);
    }
    signal.throwIfAborted();
    this.#tree = tree;
    this.#position = position;
    this.#loadedAt = begun;
    this.#loadedAtService = begunAtService;
    this.#loadTime = Date.now() - begun;
  }
}

function apply(tree: EntryTree, change: Change): void {
  if ('put' in change) tree.put(change.put);
  else tree.drop(change.drop);
}
