/** Counts what runs, by name, so that whoever ends it can wait, and can say what for. */
export class RunningCount {
  readonly #counts = new Map<string, number>();
  #count = 0;
  #onIdle: (() => void)[] = [];

  enter(name: string): void {
    this.#count++;
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1);
  }

  leave(name: string): void {
    this.#counts.set(name, this.#counts.get(name)! - 1);
    if (--this.#count > 0) return;
    for (const resolve of this.#onIdle) resolve();
    this.#onIdle = [];
  }

  get isIdle(): boolean {
    return this.#count === 0;
  }

  /** What runs, for messages: `2 x streamWrite, 1 x read`. */
  describe(): string {
    const running = [...this.#counts].filter(([, count]) => count > 0);
    return running.map(([name, count]) => `${count} x ${name}`).join(', ');
  }

  /** Resolves once nothing runs. */
  async idle(): Promise<void> {
    while (!this.isIdle) await new Promise<void>((resolve) => this.#onIdle.push(resolve));
  }
}
