/** Milliseconds by which clocks may differ without harm. */
const NEGLIGIBLE = 1000;

/** The server's time as its answers tell it. The server refuses a signature by a clock that is 15 minutes off. */
export class ServerClock {
  /** Bounds, in milliseconds, of the server's time minus the time here. */
  #least = Number.NEGATIVE_INFINITY;
  #most = Number.POSITIVE_INFINITY;

  /** Milliseconds since 1970: by the clock here where it may be right. */
  now(): number {
    return Date.now() + this.#offset;
  }

  /**
   * Takes in the time of an answer.
   *
   * @param date its `Date`, in whole seconds
   * @param sent by the clock here, as is `received`
   */
  hear(date: string | undefined, sent: number, received: number): void {
    const second = Date.parse(date ?? '');
    if (Number.isNaN(second)) return;
    const least = second - received;
    const most = second + 1000 - sent;
    // Bounds that contradict each other mean that the clock here was set in between.
    const agrees = least <= this.#most && most >= this.#least;
    this.#least = agrees ? Math.max(least, this.#least) : least;
    this.#most = agrees ? Math.min(most, this.#most) : most;
  }

  get #offset(): number {
    if (!Number.isFinite(this.#least)) return 0;
    return this.#least > NEGLIGIBLE || this.#most < -NEGLIGIBLE ? this.#least : 0;
  }
}
