import type { ConformanceCase } from '../conformance-case.ts';
import type { ConformanceHarness } from '../harness/harness.ts';
import { PROMISES } from '../promises.ts';
import { CaseContext } from '../proving/case-context.ts';
import type { Pace } from '../proving/pace.ts';
import { PendingWork } from '../proving/pending-work.ts';
import { stillOpen } from '../proving/resources.ts';

/** Times as long as one call that a whole case may take; only one that never ends comes near. */
const CALLS = 30;

/** Runs one case on a store of its own. */
export async function runCase(item: ConformanceCase, harness: ConformanceHarness, pace: Pace): Promise<void> {
  const before = await harness.resources?.();
  try {
    await withContext(harness, pace, item.run);
    if (before !== undefined) await assertReleased(harness, before, pace);
  } catch (error) {
    throw withPromise(error, item);
  }
}

/** Milliseconds after which the runner itself may give up a case. */
export function longestCase({ patience }: Pace): number {
  return Math.min((CALLS + 10) * patience, 2 ** 31 - 1);
}

/** Opens a context, runs `body` in it, and closes it; a call that hangs ends each of them. */
export async function withContext<T>(
  harness: ConformanceHarness,
  pace: Pace,
  body: (context: CaseContext) => Promise<T>,
): Promise<T> {
  const pending = new PendingWork();
  const context = await untilStuck(pending, pace, () => CaseContext.open(harness, pace, pending));
  try {
    const result = await untilStuck(pending, pace, () => body(context));
    await untilStuck(pending, pace, () => context.close());
    return result;
  } catch (error) {
    // The first failure matters, not an error of closing after it.
    await context.abandon();
    throw error;
  }
}

/** Does `work`, but waits for no call that hangs: rejects with the name of the call and its line. */
async function untilStuck<T>(pending: PendingWork, { patience }: Pace, work: () => Promise<T>): Promise<T> {
  const stuck = Promise.withResolvers<never>();
  const last = performance.now() + CALLS * patience;
  const look = (): void => {
    const hang = pending.stuckFor(patience);
    if (hang !== undefined) stuck.reject(hang);
    else if (performance.now() > last)
      stuck.reject(new Error(`It goes on and on, after ${CALLS * patience} ms; pending: ${pending}`));
  };
  const timer = setInterval(look, Math.ceil(patience / 10));
  try {
    return await Promise.race([work(), stuck.promise]);
  } finally {
    clearInterval(timer);
  }
}

async function assertReleased(harness: ConformanceHarness, before: number, pace: Pace): Promise<void> {
  const more = await stillOpen(harness, before, pace);
  if (more > 0) {
    throw new Error(
      `dispose.releases: ${PROMISES['dispose.releases']}. ${more} more are open than before the case`,
    );
  }
}

/** The same error, with the promise at the beginning of its message. */
function withPromise(thrown: unknown, { promises }: ConformanceCase): Error {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  const told = promises.map((id) => `${id}: ${PROMISES[id]}`).join('; ');
  const message = `Broken promise. ${told}.\n${error.message}`;
  const stack = error.stack?.replace(error.message, () => message) ?? '';
  Object.defineProperty(error, 'message', { value: message, configurable: true, writable: true });
  Object.defineProperty(error, 'stack', { value: stack, configurable: true, writable: true });
  return error;
}
