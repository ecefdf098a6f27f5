import { ApiError } from './api-error.ts';
import type { Clock } from './clock.ts';

const MINUTE = 60_000;

/** Counts admissions in the last minute; beyond the limit refuses with 429 and `retry-after`. */
export class RateWindow {
  readonly #clock: Clock;
  readonly #limit: () => number;
  #admitted: number[] = [];

  constructor(clock: Clock, limit: () => number) {
    this.#clock = clock;
    this.#limit = limit;
  }

  admit(count = 1): void {
    const limit = this.#limit();
    if (limit === Number.POSITIVE_INFINITY) return;
    const now = this.#clock.now();
    this.#admitted = this.#admitted.filter((moment) => moment > now - MINUTE);
    if (this.#admitted.length + count > limit) {
      const oldest = this.#admitted[0] ?? now;
      throw new ApiError(429, `Rate limit reached: ${limit} requests per min.`, {
        type: 'requests',
        code: 'rate_limit_exceeded',
        retryAfter: Math.max(1, Math.ceil((oldest + MINUTE - now) / 1000)),
      });
    }
    for (let i = 0; i < count; i++) this.#admitted.push(now);
  }
}
