import { clearInterval, setInterval } from 'node:timers';
import { backendError, type CommitOptions, type DriverSession } from '@f9/core/driver';
import type { Connection, Row, Value } from '../database/connection.ts';
import type { Pool } from '../database/pool.ts';
import { explainPostgres, isLost } from '../errors.ts';

/** Milliseconds for which a holder may be silent, by the server's clock. */
export const LEASE = 5000;
/** The lease in the server's own form. */
export const LEASE_INTERVAL: string = `${LEASE} milliseconds`;

/**
 * A session that is held: a connection of its own with one transaction. Nobody sees any of it before `commit`, and nothing remains of
 * what was not committed.
 */
export class HeldSession implements DriverSession {
  readonly number: number;
  readonly #connection: Connection;
  readonly #pool: Pool;
  readonly #onEnd: () => void;
  readonly #renewal: NodeJS.Timeout;
  #begun: Promise<void> | undefined;
  /** The last statement of the transaction; the next one waits for it. */
  #last: Promise<unknown> = Promise.resolve();
  #broken: unknown;
  #hasChanged = false;
  #isOver = false;

  constructor(connection: Connection, number: number, pool: Pool, onEnd: () => void) {
    this.#connection = connection;
    this.number = number;
    this.#pool = pool;
    this.#onEnd = onEnd;
    this.#renewal = setInterval(() => {
      // A renewal that fails or comes too late shows at the next statement.
      this.#pool.query('SELECT renew_session($1, $2)', [number, LEASE_INTERVAL]).catch(() => undefined);
    }, LEASE / 3);
    this.#renewal.unref();
  }

  /** False where nothing was changed, so that there is nothing to publish. */
  get commitOnSuccess(): boolean {
    return this.#hasChanged;
  }

  /** Whether the session has ended, so that later calls do not belong to it. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** Runs one statement in the transaction. @throws `LOCK_LOST` */
  async query(text: string, values: readonly Value[]): Promise<readonly Row[]> {
    return await this.#inTurn(async () => {
      this.#begun ??= this.#connection.script(`BEGIN; SET LOCAL f9.session = '${this.number}'`);
      await this.#begun;
      return await this.#connection.query(text, values);
    });
  }

  /** Runs a statement that may change something; the number of the session is its first value. @throws `LOCK_LOST` */
  async change(text: string, values: readonly Value[]): Promise<readonly Row[]> {
    this.#hasChanged = true;
    return await this.query(text, [this.number, ...values]);
  }

  /** Publishes all writes since the last commit in one step, or none of them. @throws `LOCK_LOST` */
  async commit(_options: CommitOptions): Promise<void> {
    await this.#inTurn(async () => {
      const begin = this.#begun === undefined ? `BEGIN; SET LOCAL f9.session = '${this.number}';` : '';
      await this.#connection.script(`${begin} SELECT hold_session(${this.number}); COMMIT`);
      this.#begun = undefined;
      this.#hasChanged = false;
    });
  }

  async release(): Promise<void> {
    clearInterval(this.#renewal);
    this.#isOver = true;
    try {
      await this.#last;
      if (this.#connection.isOver) return;
      const undo = this.#begun === undefined ? '' : 'ROLLBACK;';
      await this.#connection.script(
        `${undo} SELECT release_session(${this.number}); SELECT sweep() WHERE EXISTS (SELECT FROM discarded)`,
      );
    } catch {
      // With the connection, the server ends the session.
    } finally {
      await this.#connection.close();
      this.#onEnd();
    }
  }

  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#last.then(async () => {
      if (this.#broken !== undefined) throw lost(this.#broken);
      try {
        return await work();
      } catch (error) {
        // The server has rolled everything back.
        this.#broken = error;
        throw isLost(error) ? lost(error) : explainPostgres(error);
      }
    });
    this.#last = result.catch(() => undefined);
    return await result;
  }
}

function lost(cause: unknown): Error {
  return backendError(
    'LOCK_LOST',
    'The session is over: its connection broke off, another session took the vault, or a statement of it failed. Nothing of it was written since its last commit; begin a new session',
    { cause },
  );
}
