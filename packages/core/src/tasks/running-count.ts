/** Counts what runs, so that whoever ends it can wait. */
export class RunningCount {
  #count = 0;
  #onIdle: (() => void)[] = [];

  enter(): void {
    this.#count++;
  }

  leave(): void {
    if (--this.#count > 0) return;
    for (const resolve of this.#onIdle) resolve();
    this.#onIdle = [];
  }

  get isIdle(): boolean {
    return this.#count === 0;
  }

  /** Resolves once nothing runs. */
  async idle(): Promise<void> {
    while (!this.isIdle) await new Promise<void>((resolve) => this.#onIdle.push(resolve));
  }
}
