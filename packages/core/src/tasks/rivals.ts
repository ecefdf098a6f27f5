import { setTimeout } from 'node:timers/promises';

/** Most milliseconds that are left to others. */
const LONGEST_PAUSE = 250;
/** Pauses are at most as long as this many successes would take. */
const MOST_RIVALS = 20;
/** Successes after which somebody else gets a chance, whether they were noticed or not. */
const STREAK = 4;

/**
 * Fairness where the loser of a race begins anew, and sees of the winner only what it wrote: a winner that never paused would win for
 * ever, and never know of the others.
 */
export class Rivals {
  /** Recent rivals: grows with every try that others made vain, and fades. */
  #met = 0;
  #successes = 0;

  /**
   * Waits a while after a success, if others need it.
   *
   * @param tries how many it took
   * @param duration milliseconds that they took together
   */
  async giveWay(tries: number, duration: number): Promise<void> {
    this.#met = tries > 1 ? Math.min(MOST_RIVALS, this.#met + tries) : this.#met * 0.95;
    const isTheirTurn = ++this.#successes % STREAK === 0;
    if (!isTheirTurn && this.#met < 1) return;
    const pauses = Math.max(isTheirTurn ? 3 : 0, Math.random() * this.#met);
    await setTimeout(Math.min(LONGEST_PAUSE, (pauses * duration) / tries));
  }
}
