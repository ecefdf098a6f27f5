import { setImmediate } from 'node:timers';
import { WaitingLine } from '@f9/core/driver';

/** Milliseconds of work on this thread in one turn of the event loop. */
export const TURN = 1;
/** Operations that go on at once; the others wait for the turn after. */
const BATCH = 32;

/** The time that synchronous work may take of each turn of the event loop, for all backends of this thread together. */
class TurnBudget {
  #spent = 0;
  readonly #line = new WaitingLine();

  spend(milliseconds: number): void {
    this.#spent += milliseconds;
  }

  get isSpent(): boolean {
    return this.#spent >= TURN;
  }

  /** Waits until a later turn has budget. */
  async wait(): Promise<void> {
    while (this.isSpent) {
      if (this.#line.length === 0) setImmediate(this.#refill);
      await this.#line.wait();
    }
  }

  readonly #refill = (): void => {
    this.#spent = 0;
    this.#line.call(BATCH);
    if (this.#line.length > 0) setImmediate(this.#refill);
  };
}

export const turnBudget: TurnBudget = new TurnBudget();
