import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { backendError, WaitingLine } from '@f9/core/driver';
import { codeOf, explainPostgres, isLost } from '../errors.ts';
import type { ResolvedOptions } from '../options.ts';
import { Connection, type ConnectionEvents, type Row, type Value } from './connection.ts';

/** Options of running a statement. */
export interface RunOptions {
  readonly signal?: AbortSignal | undefined;
  /** It changes nothing: after a lost connection it is run once more, on another one. */
  readonly onlyReads?: boolean;
}

/** Attempts after which a conflict with others is left to the caller. */
const MOST_ATTEMPTS = 6;
/** Milliseconds between two attempts to connect while the server takes no more. */
const PAUSE = 100;
const TOO_MANY = '53300';
/** Codes of a deadlock, and of a transaction that others made impossible. */
const IN_THE_WAY: ReadonlySet<string | undefined> = new Set(['40001', '40P01']);

/** Connections, each used by one caller at a time. */
export class Pool {
  readonly #options: ResolvedOptions;
  readonly #idle: Connection[] = [];
  readonly #all = new Set<Connection>();
  readonly #line = new WaitingLine();
  #isClosed = false;

  constructor(options: ResolvedOptions) {
    this.#options = options;
  }

  /** Runs one statement, again after a conflict with others. @throws errors of f9, `signal.reason` */
  async query(text: string, values: readonly Value[], options: RunOptions = {}): Promise<readonly Row[]> {
    return await this.run((connection) => connection.query(text, values), options);
  }

  /** Runs `body` with a connection of its own. @throws errors of f9, `signal.reason` */
  async run<T>(body: (connection: Connection) => Promise<T>, options: RunOptions = {}): Promise<T> {
    const { signal, onlyReads = false } = options;
    const deadline = performance.now() + this.#options.connectTimeout;
    for (let attempt = 1; ; attempt++) {
      signal?.throwIfAborted();
      try {
        return await this.#runOnce(body, signal, deadline);
      } catch (error) {
        signal?.throwIfAborted();
        if (codeOf(error) === TOO_MANY && performance.now() < deadline && !this.#isClosed) {
          // Either one of our own connections becomes free, or the server takes another.
          await this.#line.wait(signal, PAUSE);
          continue;
        }
        const isAgain =
          attempt < MOST_ATTEMPTS &&
          (IN_THE_WAY.has(codeOf(error)) || (onlyReads && isLost(error) && attempt === 1));
        if (!isAgain) throw explainPostgres(error);
        await sleep(Math.random() * 2 ** attempt);
      }
    }
  }

  /** A connection beside the pool, for a user that lives as long as it does and closes it. */
  extra(events: ConnectionEvents = {}): Connection {
    return new Connection(this.#options, events);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all([...this.#all].map((connection) => connection.close()));
  }

  async #runOnce<T>(
    body: (connection: Connection) => Promise<T>,
    signal: AbortSignal | undefined,
    deadline: number,
  ): Promise<T> {
    const connection = await this.#take(signal, deadline);
    let cancelled: Promise<void> | undefined;
    const cancel = (): void => {
      cancelled = this.#cancel(connection);
    };
    signal?.addEventListener('abort', cancel, { once: true });
    try {
      return await body(connection);
    } finally {
      signal?.removeEventListener('abort', cancel);
      // The cancellation must not hit the statement of the next user.
      await cancelled;
      this.#giveBack(connection);
    }
  }

  async #take(signal: AbortSignal | undefined, deadline: number): Promise<Connection> {
    for (;;) {
      const idle = this.#idle.pop();
      if (idle !== undefined) return idle;
      if (this.#all.size < this.#options.maxConnections) {
        const connection: Connection = new Connection(this.#options, {
          onLost: () => this.#drop(connection),
        });
        this.#all.add(connection);
        return connection;
      }
      if (!(await this.#line.wait(signal, Math.max(0, deadline - performance.now())))) {
        throw backendError(
          'TOO_MANY_OPEN',
          `All ${this.#options.maxConnections} connections to the database are in use; try again, or allow more (maxConnections)`,
        );
      }
    }
  }

  #giveBack(connection: Connection): void {
    if (connection.isOver) return;
    this.#idle.push(connection);
    this.#line.call();
  }

  #drop(connection: Connection): void {
    this.#all.delete(connection);
    const at = this.#idle.indexOf(connection);
    if (at >= 0) this.#idle.splice(at, 1);
    this.#line.call();
  }

  /** Makes the server give up the statement of a connection, or drops the connection. */
  async #cancel(connection: Connection): Promise<void> {
    if (connection.pid === undefined) return await connection.close();
    const other = this.extra();
    try {
      await other.query('SELECT pg_cancel_backend($1::int)', [connection.pid]);
    } catch {
      await connection.close();
    } finally {
      await other.close();
    }
  }
}
