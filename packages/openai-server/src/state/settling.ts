import type { Clock } from './clock.ts';

/** A change that its first readers do not see. It is over after a number of looks, or at a time, whichever comes first. */
export class Settling {
  #looks: number;
  #over: number;
  readonly #clock: Clock;

  constructor(clock: Clock, looks: number, within: number) {
    this.#clock = clock;
    this.#looks = looks;
    this.#over = clock.now() + within;
  }

  get pending(): boolean {
    return this.#looks > 0 && this.#clock.now() < this.#over;
  }

  /** One more reader looks: true if it must still see the old state. */
  look(): boolean {
    if (!this.pending) return false;
    this.#looks -= 1;
    return true;
  }

  end(): void {
    this.#looks = 0;
  }
}
