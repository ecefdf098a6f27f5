interface Counter {
  readonly name: string;
  running: number;
}

/** Counts running operations by name, so that disposal can wait for them, and can say which they are. */
export class RunningCount {
  readonly #counters = new Map<string, Counter>();
  /** The counter that was asked for last, and mostly is asked for again. */
  #latest: Counter = { name: '', running: 0 };
  #count = 0;
  #onIdle: (() => void)[] = [];

  enter(name: string): void {
    this.#count++;
    this.#counterOf(name).running++;
  }

  leave(name: string): void {
    this.#counterOf(name).running--;
    if (--this.#count > 0) return;
    for (const resolve of this.#onIdle) resolve();
    this.#onIdle = [];
  }

  get isIdle(): boolean {
    return this.#count === 0;
  }

  /** What runs, for messages: `2 x streamWrite, 1 x read`. */
  describe(): string {
    const counters = [...this.#counters.values()].filter(({ running }) => running > 0);
    return counters.map(({ name, running }) => `${running} x ${name}`).join(', ');
  }

  /** Resolves once nothing runs. */
  async idle(): Promise<void> {
    while (!this.isIdle) await new Promise<void>((resolve) => this.#onIdle.push(resolve));
  }

  #counterOf(name: string): Counter {
    if (this.#latest.name === name) return this.#latest;
    const counter = this.#counters.get(name) ?? { name, running: 0 };
    this.#counters.set(name, counter);
    this.#latest = counter;
    return counter;
  }
}
