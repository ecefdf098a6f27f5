import type { Context } from '../context.ts';
import { complaintOf } from '../terminal/errors.ts';
import { howLongAgo } from '../terminal/text.ts';
import type { Place } from '../vaults/vaults.ts';
import type { Freshness, PullOptions } from './pulled.ts';

/**
 * Says that the remote could not be reached, if so.
 *
 * @param done what was done with the last pulled state: `mirrored`
 * @returns whether that is a failure
 */
export function reportOffline(
  context: Context,
  { nameOf }: Place,
  { offline, askedAt }: Freshness,
  done: string,
  { offlineOk = false }: Pick<PullOptions, 'offlineOk'>,
): boolean {
  if (offline === undefined) return false;
  const why = complaintOf(offline, 'mirror').message;
  context.note(
    `The remote of ${nameOf('/')} could not be asked (${why}); ${lastAnswer(askedAt)} was ${done}`,
  );
  return !offlineOk;
}

/** Words for the age of the state that is read while a remote cannot be reached. */
export function lastAnswer(askedAt: Date | undefined): string {
  return askedAt === undefined ? 'what was pulled last' : `what it had ${howLongAgo(askedAt)}`;
}
