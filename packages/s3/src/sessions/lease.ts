import { performance } from 'node:perf_hooks';
import {
  type AcquireSessionOptions,
  type DriverSession,
  pause,
  type SessionLine,
  sessionHeld,
} from '@f9/core/driver';
import { hasEnded } from '@f9/core/process';
import type { Background } from '../service/background.ts';
import type { Condition } from '../service/service.ts';
import type { LeaseObject, LeaseState } from './lease-object.ts';
import { LeasedSession } from './leased-session.ts';

/** Milliseconds between two looks while waiting: at first, and at most. */
const FIRST_LOOK = 20;
const LAST_LOOK = 500;

/**
 * The session of a vault among all processes and hosts: an object, written under conditions. Only the monotonic clock of each machine
 * counts. A waiting session takes over when it saw the object unchanged for a whole lease; a holder gives up earlier, counted from
 * before its last renewal was sent.
 */
export class Lease {
  readonly #object: LeaseObject;
  readonly #background: Background;
  readonly #line: SessionLine;

  /** @param line the queue of this process, so that only its first session asks for the object */
  constructor(object: LeaseObject, background: Background, line: SessionLine) {
    this.#object = object;
    this.#background = background;
    this.#line = line;
  }

  /** @throws `LOCK_TIMEOUT` with who holds it, `signal.reason` */
  async acquire(options: AcquireSessionOptions): Promise<DriverSession> {
    return await this.#line.acquire('s3', options, (left, leave) => this.#take(options, left, leave));
  }

  async #take(
    { timeout, signal }: AcquireSessionOptions,
    left: number,
    leave: () => void,
  ): Promise<LeasedSession> {
    const deadline = performance.now() + left;
    let seen: string | undefined;
    let since = 0;
    for (let looks = 0; ; looks++) {
      signal?.throwIfAborted();
      const now = await this.#object.read({ signal });
      if (now?.etag !== seen) {
        seen = now?.etag;
        since = performance.now();
      }
      if (now === undefined || isTakeable(now.state, performance.now() - since)) {
        const epoch = (now?.state.epoch ?? 0) + 1;
        const condition: Condition =
          now === undefined ? { kind: 'nothing' } : { kind: 'version', etag: now.etag };
        const begun = await this.#background.finish(this.#begin(epoch, condition, signal, leave), signal);
        if (begun !== undefined) return begun;
        // Another session was faster, so the next look comes at once.
        looks = 0;
        continue;
      }
      const rest = deadline - performance.now();
      if (rest <= 0) throw sessionHeld('s3', timeout, now.state.holder);
      const longest = Math.min(FIRST_LOOK * 1.5 ** looks, LAST_LOOK);
      // At random, so that nobody always comes too late.
      await pause(Math.min(rest, longest * (0.5 + Math.random())), signal);
    }
  }

  /** Begins a session unless another was faster; one that was given up meanwhile is given back, which nobody else would do. */
  async #begin(
    epoch: number,
    condition: Condition,
    signal: AbortSignal | undefined,
    leave: () => void,
  ): Promise<LeasedSession | undefined> {
    const written = await this.#object.write({ epoch, isFree: false }, condition, {});
    if (written === undefined) return undefined;
    const session = new LeasedSession(this.#object, epoch, written, leave);
    if (signal?.aborted === true) await session.release();
    return session;
  }
}

function isTakeable({ isFree, process: theirs, ttl }: LeaseState, unchanged: number): boolean {
  // Another host, where no machine can be known.
  const isKnown = theirs.machine !== '';
  return isFree || unchanged > ttl || (isKnown && hasEnded(theirs));
}
