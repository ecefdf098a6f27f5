import { setImmediate } from 'node:timers/promises';

/** Runs work to its end; wherever it yields, whatever else waits has its turn. */
export async function inTurns<T>(work: Generator<void, T, void>): Promise<T> {
  for (let step = work.next(); ; step = work.next()) {
    if (step.done === true) return step.value;
    await setImmediate();
  }
}
