import { pause } from '@f9/core/driver';
import type { Call } from './call.ts';

/** How often, and how long, to look for something that the service may not show yet. */
export interface LookPolicy {
  /** Milliseconds between looks; `undefined`: as the service asks, else growing. */
  readonly pollInterval: number | undefined;
  /** Milliseconds for which the service may not show a change yet. */
  readonly settleWithin: number;
}

/** Milliseconds before the second look where nobody says otherwise, and the most between later ones. */
const FIRST_INTERVAL = 250;
const MAX_INTERVAL = 5000;
/** Fewest looks that are taken, however long each of them took. */
const MIN_LOOKS = 5;

/**
 * Counts looks for something that the service may not show yet: they go on for the time it may need, and for a few looks at least.
 */
export class Patience {
  readonly #policy: LookPolicy;
  #until: number;
  #missed = 0;
  #looks = 0;

  constructor(policy: LookPolicy) {
    this.#policy = policy;
    this.#until = Date.now() + policy.settleWithin;
  }

  /** Counts a look that found nothing: true if it was the last. */
  isOver(): boolean {
    this.#missed++;
    return this.#missed >= MIN_LOOKS && Date.now() >= this.#until;
  }

  /** Begins to count again once it was found. */
  renew(): void {
    this.#missed = 0;
    this.#until = Date.now() + this.#policy.settleWithin;
  }

  /** Pauses before the next look, longer from look to look. @param hint milliseconds that the service asks for */
  async wait({ signal }: Call, hint?: number): Promise<void> {
    const growing = Math.min(FIRST_INTERVAL * 1.5 ** this.#looks++, MAX_INTERVAL);
    await pause(this.#policy.pollInterval ?? hint ?? growing, signal);
  }
}

/** Asks again for something that may not be visible yet, for as long as the service may take to settle. */
export async function untilVisible<T>(
  ask: () => Promise<T | undefined>,
  policy: LookPolicy,
  call: Call,
): Promise<T | undefined> {
  const patience = new Patience(policy);
  for (;;) {
    const answer = await ask();
    if (answer !== undefined || patience.isOver()) return answer;
    await patience.wait(call);
  }
}
