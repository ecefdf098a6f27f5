import { performance } from 'node:perf_hooks';
import { type AcquireSessionOptions, pause, sessionHeld, untilAborted } from '@f9/core/driver';
import { ownName } from '@f9/core/process';
import type { Pool } from '../database/pool.ts';
import { explainPostgres } from '../errors.ts';
import { HeldSession, LEASE_INTERVAL } from './held-session.ts';

/** Milliseconds between two looks while waiting, at the beginning and after a while. */
const FIRST_LOOK = 10;
const LAST_LOOK = 100;

/**
 * Acquires the session of a vault among all processes of all hosts. A row on the server names the holder, is valid for a while and is
 * renewed; a lock of the holder's connection shows that the holder lives. Only the server's clock counts.
 *
 * @param left milliseconds of `timeout` that are left @throws `LOCK_TIMEOUT` with who holds it, `signal.reason`
 */
export async function acquireSession(
  pool: Pool,
  { timeout, signal }: AcquireSessionOptions,
  left: number,
  onEnd: () => void,
): Promise<HeldSession> {
  const deadline = performance.now() + left;
  // The next in this process need not wait until a holder notices that it lost the session.
  const connection = pool.extra({ onLost: onEnd });
  try {
    for (let longest = FIRST_LOOK; ; longest = Math.min(longest * 1.5, LAST_LOOK)) {
      const take = connection.query('SELECT * FROM take_session($1, $2)', [ownName(), LEASE_INTERVAL]);
      const [answer] = await untilAborted(take, signal);
      if (answer?.taken != null) return new HeldSession(connection, Number(answer.taken), pool, onEnd);
      const rest = deadline - performance.now();
      if (rest <= 0) throw sessionHeld('postgres', timeout, String(answer?.held_by));
      // At random, so that nobody always comes too late.
      await pause(Math.min(rest, longest * (0.5 + Math.random())), signal);
    }
  } catch (error) {
    // Closing the connection ends the session too, if it was taken at the last moment.
    await connection.close();
    signal?.throwIfAborted();
    throw explainPostgres(error);
  }
}
