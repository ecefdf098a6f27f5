/** The server's time, which a test can move. */
export class Clock {
  #offset = 0;
  readonly #frozenSecond: number = this.second();

  /** Milliseconds since 1970. */
  now(): number {
    return Date.now() + this.#offset;
  }

  /** Seconds since 1970, as every `created_at` of the service. */
  second(): number {
    return Math.floor(this.now() / 1000);
  }

  /** The second in which the server started, moved by `advance`. */
  firstSecond(): number {
    return this.#frozenSecond + Math.floor(this.#offset / 1000);
  }

  advance(milliseconds: number): void {
    this.#offset += milliseconds;
  }
}
