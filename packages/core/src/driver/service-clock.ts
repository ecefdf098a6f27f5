/** The time of an HTTP service as its answers tell it: the clock here, or that of another client, may be hours off. */
export class ServiceClock {
  /** Bounds, in milliseconds, of the service's time minus the time here. */
  #least = Number.NEGATIVE_INFINITY;
  #most = Number.POSITIVE_INFINITY;
  readonly #negligible: number;

  /** @param negligible milliseconds by which clocks may differ without harm */
  constructor(negligible: number) {
    this.#negligible = negligible;
  }

  /** Milliseconds since 1970: by the clock here where it may be right, and otherwise never in the service's future. */
  now(): number {
    return Date.now() + this.#offset;
  }

  /** Whether the clock here is known to be wrong. */
  get isSkewed(): boolean {
    return this.#offset !== 0;
  }

  /**
   * Takes in the time of an answer.
   *
   * @param date its `Date`, in whole seconds
   * @param sent by the clock here, as is `received`
   */
  hear(date: string | null | undefined, sent: number, received: number): void {
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
    return this.#least > this.#negligible || this.#most < -this.#negligible ? this.#least : 0;
  }
}
