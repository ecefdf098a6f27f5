import type { Entry } from './entry.ts';

/** A change that this process made to a store: an entry was put there, or dropped. */
export type Change = { readonly put: Entry } | { readonly drop: string };

interface Link {
  readonly at: number;
  /** `undefined` where a later change of the same file replaces it. */
  change: Change | undefined;
  next: Link | undefined;
}

/** A place in the log, between two changes. */
export type LogPosition = Link;

/**
 * The changes that this process made, in order. A listing of the service may not show them yet, so an index made of one applies them
 * on top. The log holds on to no change that every index has passed.
 */
export class ChangeLog {
  #last: Link = { at: 0, change: undefined, next: undefined };
  /** The last change that has reached the listings, like all before it. */
  #settled: Link = this.#last;
  /** The last change of each file, if it is not settled. */
  readonly #latest = new Map<string, Link>();
  #settleWithin = 0;

  /** @param settleWithin milliseconds after which every listing shows a change; the longest of all callers counts */
  keepFor(settleWithin: number): void {
    this.#settleWithin = Math.max(this.#settleWithin, settleWithin);
  }

  add(change: Change): void {
    const link: Link = { at: Date.now(), change, next: undefined };
    const fileId = fileOf(change);
    const earlier = this.#latest.get(fileId);
    if (earlier !== undefined) earlier.change = undefined;
    this.#latest.set(fileId, link);
    this.#last.next = link;
    this.#last = link;
    // Settled changes are dropped here too, since the log must not grow where nobody lists for a long time.
    this.unsettled();
  }

  /** The position before every change that a listing which begins now may not show. */
  unsettled(): LogPosition {
    const settled = Date.now() - this.#settleWithin;
    while (this.#settled.next !== undefined && this.#settled.next.at < settled) {
      this.#settled = this.#settled.next;
      const { change } = this.#settled;
      if (change !== undefined) this.#latest.delete(fileOf(change));
    }
    return this.#settled;
  }

  /** Gives every change since `position` to `apply`, and the position after them. */
  replay(position: LogPosition, apply: (change: Change) => void): LogPosition {
    let link = position;
    while (link.next !== undefined) {
      link = link.next;
      if (link.change !== undefined) apply(link.change);
    }
    return link;
  }
}

function fileOf(change: Change): string {
  return 'put' in change ? change.put.fileId : change.drop;
}
