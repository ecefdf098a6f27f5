import type { FileBackend, OperationOptions } from '../backend.ts';
import { backendError, type FileBackendError, isFileBackendError } from '../errors.ts';
import { forEachConcurrently } from '../tasks/for-each-concurrently.ts';
import type { Backup } from './backup.ts';
import type { CompareOptions } from './compare.ts';
import type { Failures } from './failures.ts';
import type { ProgressCounter } from './progress.ts';

/** What all that a mirror does works with. */
export interface Work {
  readonly source: FileBackend;
  readonly target: FileBackend;
  readonly operation: OperationOptions;
  /** For what is done to many files. */
  readonly many: CompareOptions;
  readonly backup: Backup | undefined;
  readonly progress: ProgressCounter;
  readonly failures: Failures;
}

/** Does something to each file; failures are kept, an abort ends it. */
export async function attemptEach<T extends { readonly path: string }>(
  { many, failures, progress }: Work,
  items: readonly T[],
  work: (item: T) => Promise<void>,
): Promise<void> {
  await forEachConcurrently(items, many.concurrency, async (item) => {
    await failures.attempt(item.path, () => work(item));
    progress.finish(item.path);
  });
}

/** The condition that keeps the target's file to a version. */
export function guard({ target }: Work, etag: string | undefined): { readonly ifMatch?: string } {
  return etag === undefined || target.capabilities.ifMatch === false ? {} : { ifMatch: etag };
}

/** @throws what became of one of many */
export function unwrapped<T>(result: PromiseSettledResult<T>): T {
  if (result.status === 'rejected') throw result.reason;
  return result.value;
}

/** What is gone already counts as removed. */
export function unlessGone(error: unknown): undefined {
  if (!isFileBackendError(error, 'NOT_FOUND')) throw error;
  return undefined;
}

/** `PRECONDITION_FAILED` */
export function changedMeanwhile(path: string): FileBackendError {
  return backendError(
    'PRECONDITION_FAILED',
    `Somebody wrote ${JSON.stringify(path)} after it was compared, and it was left as it is; run the mirror again`,
    { operation: 'mirror', path },
  );
}
