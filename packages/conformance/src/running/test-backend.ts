import { setTimeout as sleep } from 'node:timers/promises';
import type { ConformanceCase } from '../conformance-case.ts';
import { GROUPS } from '../groups/index.ts';
import type { ConformanceHarness, ConformanceRunner } from '../harness/harness.ts';
import { PROMISES } from '../promises.ts';
import { CaseContext } from '../proving/case-context.ts';
import { RELEASE_WITHIN, stillOpen } from '../proving/resources.ts';

/** Milliseconds for one case. */
const DEFAULT_TIMEOUT = 10_000;
/** Milliseconds that a case which failed gets to close what it left open. */
const CLOSE_FAILED_WITHIN = 200;

/**
 * Registers the whole contract as tests of the caller's runner: `await testBackend({ describe, test }, harness)`. Opens one backend
 * first, to see what it declares.
 */
export async function testBackend(runner: ConformanceRunner, harness: ConformanceHarness): Promise<void> {
  const probe = await CaseContext.open(harness);
  const { store, backend } = probe;
  try {
    await backend.exists('/');
  } finally {
    await probe.close();
  }
  const timeout = harness.timeout ?? DEFAULT_TIMEOUT;
  runner.describe(`f9 contract: ${harness.name ?? backend.name}`, () => {
    for (const { name, cases } of GROUPS) {
      const declared = cases.filter((item) => item.when?.(backend, harness) !== false);
      if (declared.length === 0) continue;
      runner.describe(name, () => {
        for (const item of declared) {
          const body = (): Promise<void> => runCase(item, harness);
          const title = `${item.promises.join(', ')}: ${item.title}`;
          if (item.hook === undefined || store[item.hook] !== undefined) {
            // The runner's own limit comes second: this one says which promise it was.
            runner.test(title, body, timeout + RELEASE_WITHIN + 1000);
          } else {
            runner.test.skip(`${title} (not proven: the store offers no ${item.hook})`, body);
          }
        }
      });
    }
  });
}

async function runCase(item: ConformanceCase, harness: ConformanceHarness): Promise<void> {
  const before = await harness.resources?.();
  try {
    await withinTime(harness.timeout ?? DEFAULT_TIMEOUT, runInContext(item, harness));
    if (before !== undefined) await assertReleased(harness, before);
  } catch (error) {
    throw withPromise(error, item);
  }
}

async function withinTime(timeout: number, work: Promise<void>): Promise<void> {
  const timer = new AbortController();
  const limit = sleep(timeout, undefined, { signal: timer.signal }).then(
    () => {
      throw new Error(`It did not end within ${timeout} ms`);
    },
    () => undefined,
  );
  try {
    await Promise.race([work, limit]);
  } finally {
    timer.abort();
  }
}

async function runInContext(item: ConformanceCase, harness: ConformanceHarness): Promise<void> {
  const context = await CaseContext.open(harness);
  try {
    await item.run(context);
  } catch (error) {
    // What failed first matters, not what could not be closed after it.
    await Promise.race([context.close().catch(() => undefined), sleep(CLOSE_FAILED_WITHIN)]);
    throw error;
  }
  await context.close();
}

async function assertReleased(harness: ConformanceHarness, before: number): Promise<void> {
  const more = await stillOpen(harness, before);
  if (more > 0) {
    throw new Error(
      `dispose.releases: ${PROMISES['dispose.releases']}. ${more} more are open than before the case`,
    );
  }
}

/** The same error, its message beginning with what was promised. */
function withPromise(thrown: unknown, { promises }: ConformanceCase): Error {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  const told = promises.map((id) => `${id}: ${PROMISES[id]}`).join('; ');
  const message = `Broken promise. ${told}.\n${error.message}`;
  const stack = error.stack?.replace(error.message, () => message) ?? '';
  Object.defineProperty(error, 'message', { value: message, configurable: true, writable: true });
  Object.defineProperty(error, 'stack', { value: stack, configurable: true, writable: true });
  return error;
}
