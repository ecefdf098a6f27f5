/** Milliseconds of work on this thread in one turn of the event loop. */
export const TURN = 2;
/** Operations that are let go at once; more of them wait for the turn after. */
const BATCH = 32;

/** What synchronous work may take of each turn of the event loop, for all backends of this thread together. */
class TurnBudget {
  #spent = 0;
  readonly #waiting: (() => void)[] = [];

  spend(milliseconds: number): void {
    this.#spent += milliseconds;
  }

  get isSpent(): boolean {
    return this.#spent >= TURN;
  }

  /** Waits until a later turn has budget. */
  async wait(): Promise<void> {
    while (this.isSpent) {
      await new Promise<void>((resolve) => {
        if (this.#waiting.push(resolve) === 1) setImmediate(this.#refill);
      });
    }
  }

  readonly #refill = (): void => {
    this.#spent = 0;
    for (const resume of this.#waiting.splice(0, BATCH)) resume();
    if (this.#waiting.length > 0) setImmediate(this.#refill);
  };
}

export const turnBudget: TurnBudget = new TurnBudget();
