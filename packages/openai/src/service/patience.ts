/** Looks that are taken at least, however long each of them took. */
const MIN_LOOKS = 5;

/** How long to look for what the service may not show yet: a time that it needs at most, and more than a look or two. */
export class Patience {
  readonly #until: number;
  #looks = 0;

  /** @param settleWithin milliseconds */
  constructor(settleWithin: number) {
    this.#until = Date.now() + settleWithin;
  }

  /** Counts a look that found nothing: true if it was the last. */
  isOver(): boolean {
    this.#looks++;
    return this.#looks >= MIN_LOOKS && Date.now() >= this.#until;
  }
}
