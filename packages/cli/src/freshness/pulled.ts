import { type FileBackend, isFileBackendError, isSyncFileBackend } from '@f9/core';
import type { Context } from '../context.ts';
import { patiently } from '../terminal/patience.ts';
import { canDo } from '../vaults/git-only.ts';
import type { Place } from '../vaults/vaults.ts';

export interface PullOptions {
  /** False with `--no-pull`. */
  readonly pull: boolean;
  readonly offlineOk?: boolean;
}

/** How fresh the source is. */
export interface Freshness {
  /** The version of the source that was read, where it has versions: a commit. */
  readonly version: string | undefined;
  /** The error where the remote could not be reached, so that the last pulled state was read. */
  readonly offline: Error | undefined;
  /** The time when the remote last answered, if it could not be reached and that is known. */
  readonly askedAt?: Date | undefined;
}

/** Of a vault that was not asked for a version, or has none. */
export const AS_IT_IS: Freshness = { version: undefined, offline: undefined };

/**
 * Runs work on a vault, which is first brought up to date if it has a remote: pulled once, and held so that one version of it is
 * read. If the remote cannot be reached the work uses the last pulled state, and the result says so.
 */
export async function withPulled<T>(
  context: Context,
  { backend, nameOf }: Place,
  { pull }: PullOptions,
  work: (source: FileBackend) => Promise<T>,
): Promise<{ readonly result: T; readonly freshness: Freshness }> {
  const { signal } = context;
  if (!isSyncFileBackend(backend)) {
    return { result: await work(backend), freshness: AS_IT_IS };
  }
  const run = async (
    pulls: boolean,
    offline?: Error,
  ): Promise<{ result: T; freshness: Freshness } | Error> => {
    let hasBegun = false;
    try {
      return await patiently(
        `asking the remote of ${nameOf('/')}`,
        (text) => hasBegun || context.note(text),
        () =>
          backend.syncSession(
            async (session) => {
              hasBegun = true;
              const askedAt =
                offline !== undefined && canDo(backend, 'lastFetchedAt')
                  ? await backend.lastFetchedAt({ signal })
                  : undefined;
              const result = await work(backend);
              return { result, freshness: { version: session.version, offline, askedAt } };
            },
            { pull: pulls, push: false, signal },
          ),
      );
    } catch (error) {
      signal.throwIfAborted();
      // Time does not heal rewritten history or a refused password, and what was never pulled cannot be read: the caller gets the error.
      const isAway =
        !hasBegun &&
        isFileBackendError(error) &&
        error.retryable &&
        error.code !== 'LOCK_TIMEOUT' &&
        error.operation !== 'open';
      if (pulls && isAway) return error;
      throw error;
    }
  };
  const done = await run(pull);
  if (!(done instanceof Error)) return done;
  return (await run(false, done)) as { result: T; freshness: Freshness };
}
