import { isOnLocalDisk } from './filesystem.ts';
import type { Operation } from './system-calls.ts';
import { TURN, turnBudget } from './turn-budget.ts';

/** Runs operations: fast system calls on this thread and slow ones on the thread pool, or all of them there. */
export class Runner {
  readonly #usesThisThread: boolean;

  constructor(usesThisThread: boolean) {
    this.#usesThisThread = usesThisThread;
  }

  /** The one for files in the folder `path`. */
  static async for(io: 'auto' | 'async', path: string): Promise<Runner> {
    return new Runner(io === 'auto' && (await isOnLocalDisk(path)));
  }

  /**
   * Runs to the end; an abort is thrown into the operation in place of a call that may be aborted, once, so that it can clean up.
   *
   * @throws `signal.reason`, and whatever the operation throws
   */
  async run<T>(operation: Operation<T>, signal?: AbortSignal): Promise<T> {
    if (turnBudget.isSpent) await turnBudget.wait();
    let aborted = false;
    // Since when this thread works on the operation without a pause.
    let start = performance.now();
    let step = operation.next();
    while (step.done !== true) {
      const { now, later, isAbortable } = step.value;
      if (isAbortable && !aborted && signal?.aborted === true) {
        aborted = true;
        step = operation.throw(signal.reason);
        continue;
      }
      try {
        let result: unknown;
        if (this.#usesThisThread && now !== undefined) {
          result = now();
          if (performance.now() - start > TURN) start = await pause(start);
        } else {
          turnBudget.spend(performance.now() - start);
          try {
            result = await later();
          } finally {
            start = performance.now();
          }
        }
        step = operation.next(result);
      } catch (error) {
        // What the operation itself threw passes through here once more, and out.
        step = operation.throw(error);
      }
    }
    turnBudget.spend(performance.now() - start);
    return step.value;
  }
}

async function pause(start: number): Promise<number> {
  turnBudget.spend(performance.now() - start);
  await turnBudget.wait();
  return performance.now();
}

/** Runs an operation on this thread alone, for when there is no event loop any more. */
export function runNow<T>(operation: Operation<T>): T {
  let step = operation.next();
  while (step.done !== true) {
    try {
      step = operation.next(step.value.now?.());
    } catch (error) {
      step = operation.throw(error);
    }
  }
  return step.value;
}
