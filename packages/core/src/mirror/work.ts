import type { FileBackend, OperationOptions } from '../backend.ts';
import { backendError, type FileBackendError, isFileBackendError } from '../errors.ts';
import { forEachConcurrently } from '../tasks/for-each-concurrently.ts';
import type { Backup } from './backup.ts';
import type { CompareOptions } from './compare.ts';
import type { Failures } from './failures.ts';
import type { ProgressCounter } from './progress.ts';

/** Parts that all steps of a mirror share. */
export interface Work {
  readonly source: FileBackend;
  readonly target: FileBackend;
  readonly operation: OperationOptions;
  /** Options of operations on many files. */
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

/** The condition that holds a write to one version of the target's file. */
export function guard({ target }: Work, etag: string | undefined): { readonly ifMatch?: string } {
  return etag === undefined || target.capabilities.ifMatch === false ? {} : { ifMatch: etag };
}

/** The value of one outcome among many. @throws the failure that it may be */
export function unwrapped<T>(result: PromiseSettledResult<T>): T {
  if (result.status === 'rejected') throw result.reason;
  return result.value;
}

/** Takes a path that is gone already for removed. @throws every other error */
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
