import { SharedRun } from '@f9/core/driver';
import type { Call } from '../service/call.ts';
import type { LookPolicy } from '../service/patience.ts';
import type { Service, StoreFile } from '../service/service.ts';

/** Files under way from which on one list costs less than asking for each. */
const ENOUGH = 3;
/** Milliseconds for which a list is shared, where the policy does not say how often to look. */
const FRESH = 250;
/** Lists that may miss a file before it is asked for by itself. */
const MAX_MISSES = 2;

interface Listed {
  readonly begun: number;
  readonly files: ReadonlyMap<string, StoreFile>;
}

/** The view of one caller who waits. */
export interface Progress {
  /** The file as the list shows it, or `'unlisted'`; `undefined` where it is better asked for by itself. */
  look(call: Call): Promise<StoreFile | 'unlisted' | undefined>;
  leave(): void;
}

/** Lets all callers who wait for the processing of their files share one list of the newest. */
export class SharedProgress {
  readonly #service: Service;
  readonly #fresh: number;
  readonly #list = new SharedRun(({ signal }) => this.#newest(signal));
  #last: Listed | undefined;
  #waiting = 0;

  constructor(service: Service, { pollInterval = FRESH }: LookPolicy) {
    this.#service = service;
    this.#fresh = pollInterval;
  }

  join(fileId: string): Progress {
    const begun = Date.now();
    let misses = 0;
    this.#waiting++;
    return {
      look: async (call) => {
        if (this.#waiting < ENOUGH || misses >= MAX_MISSES) return undefined;
        const listed = await this.#listed(begun, call);
        const file = listed?.files.get(fileId);
        if (file !== undefined) return file;
        misses = listed === undefined ? MAX_MISSES : misses + 1;
        return misses < MAX_MISSES ? 'unlisted' : undefined;
      },
      leave: () => {
        this.#waiting--;
        // Nobody waits any more, so the list is not needed.
        if (this.#waiting === 0) this.#last = undefined;
      },
    };
  }

  /** A list that began after `since`, or one that is under way; `undefined` where none could be got. */
  async #listed(since: number, { signal }: Call): Promise<Listed | undefined> {
    const last = this.#last;
    if (last !== undefined && last.begun > since && Date.now() - last.begun < this.#fresh) return last;
    try {
      return await this.#list.join(signal);
    } catch {
      signal?.throwIfAborted();
      return undefined;
    }
  }

  async #newest(signal: AbortSignal): Promise<Listed> {
    const begun = Date.now();
    const files = new Map<string, StoreFile>();
    for await (const page of this.#service.list('newest first', { signal })) {
      for (const file of page) files.set(file.id, file);
      if (files.size >= this.#waiting) break;
    }
    this.#last = { begun, files };
    return this.#last;
  }
}
