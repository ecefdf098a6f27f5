import { performance } from 'node:perf_hooks';
import type { DatabaseSync } from 'node:sqlite';
import { clearInterval, setInterval } from 'node:timers';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type AcquireSessionOptions,
  backendError,
  type DriverSession,
  sessionHeld,
  untilAborted,
} from '@f9/core/driver';
import { hasEnded, ownIdentity, ownName, type ProcessIdentity } from '@f9/core/process';
import { explained } from '../errors.ts';

/** Milliseconds for which a holder may be silent. */
const LEASE = 5000;
/** Milliseconds between two looks while waiting. */
const LOOK = 20;

/** Changes the vault, all or nothing, and waits for other writers. */
type WriteToVault = <T>(signal: AbortSignal | undefined, body: () => T) => Promise<T>;

/** The session of a vault among all processes that have it open: a row, held for a while and renewed. */
export class Lease {
  readonly #database: DatabaseSync;
  readonly #write: WriteToVault;

  constructor(database: DatabaseSync, write: WriteToVault) {
    this.#database = database;
    this.#write = write;
  }

  /**
   * Waits for the row.
   *
   * @param left milliseconds of `timeout` that are left @throws `LOCK_TIMEOUT` with who holds it, `signal.reason`
   */
  async acquire(
    { timeout, signal }: AcquireSessionOptions,
    left: number,
    onEnd: () => void,
  ): Promise<LeasedSession> {
    const deadline = performance.now() + left;
    for (;;) {
      signal?.throwIfAborted();
      const number = explained(() => this.#isFree())
        ? await this.#write(signal, () => this.#take())
        : undefined;
      if (number !== undefined) return new LeasedSession(this, number, onEnd);
      const rest = deadline - performance.now();
      if (rest <= 0) throw sessionHeld('sqlite', timeout, this.#holder());
      // At random, so that nobody always comes too late.
      await untilAborted(sleep(Math.min(rest, LOOK * (0.5 + Math.random()))), signal);
    }
  }

  /** @throws `LOCK_LOST` where another session took it since; called in the transaction of a write */
  assertHeld(number: number): void {
    const row = this.#database.prepare('SELECT number, holder FROM session').get()!;
    if (row.number === number && row.holder !== null) return;
    throw backendError(
      'LOCK_LOST',
      'Another session took the vault, since this one was silent for too long; nothing was written. Begin a new session',
    );
  }

  renew(number: number): void {
    this.#database
      .prepare('UPDATE session SET expires_at = ? WHERE number = ? AND holder IS NOT NULL')
      .run(Date.now() + LEASE, number);
  }

  async release(number: number): Promise<void> {
    const sql = 'UPDATE session SET holder = NULL, process = NULL, expires_at = 0 WHERE number = ?';
    await this.#write(undefined, () => this.#database.prepare(sql).run(number));
  }

  /** Takes the row and gives its new number, if nobody holds it or its holder has ended or is silent. */
  #take(): number | undefined {
    if (!this.#isFree()) return undefined;
    this.#database
      .prepare('UPDATE session SET number = number + 1, holder = ?, process = ?, expires_at = ?')
      .run(ownName(), JSON.stringify(ownIdentity()), Date.now() + LEASE);
    return Number(this.#database.prepare('SELECT number FROM session').get()!.number);
  }

  #isFree(): boolean {
    const {
      holder,
      process: theirs,
      expires_at: expires,
    } = this.#database.prepare('SELECT * FROM session').get()!;
    if (holder === null || Number(expires) <= Date.now()) return true;
    return hasEnded(JSON.parse(String(theirs)) as ProcessIdentity);
  }

  #holder(): string {
    const { holder } = this.#database.prepare('SELECT holder FROM session').get()!;
    return holder === null ? 'others' : String(holder);
  }
}

/** A session that is held until it ends, or is silent for too long. */
export class LeasedSession implements DriverSession {
  readonly commitOnSuccess = false;
  readonly number: number;
  readonly #lease: Lease;
  readonly #onEnd: () => void;
  readonly #renewal: NodeJS.Timeout;

  constructor(lease: Lease, number: number, onEnd: () => void) {
    this.#lease = lease;
    this.number = number;
    this.#onEnd = onEnd;
    this.#renewal = setInterval(() => {
      try {
        lease.renew(number);
      } catch {
        // If the database is busy, the next renewal comes in time; if the session was overtaken, its next write fails.
      }
    }, LEASE / 3);
    this.#renewal.unref();
  }

  /** Checks only that the session is still held: every write was already whole by itself. */
  async commit(): Promise<void> {
    explained(() => this.#lease.assertHeld(this.number));
  }

  async release(): Promise<void> {
    clearInterval(this.#renewal);
    try {
      await this.#lease.release(this.number);
    } finally {
      this.#onEnd();
    }
  }
}
