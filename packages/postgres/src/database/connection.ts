import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, isIP, type Socket } from 'node:net';
import { clearTimeout, setTimeout } from 'node:timers';
import { backendError } from '@f9/core/driver';
import postgres from 'postgres';
import { ConnectionLost, ConnectTimeout, TlsRefused } from '../errors.ts';
import type { ResolvedOptions } from '../options.ts';
import { passwordOf } from './password.ts';

// The only module that knows the client library.

/** A row of an answer, by the names of its columns: `bigint` as a number, `timestamptz` as a date, `bytea` as bytes. */
export type Row = Readonly<Record<string, unknown>>;

/** A value for a statement; objects are passed as the text of their JSON. */
export type Value = string | number | boolean | null | Uint8Array;

/** Runs a statement, and gives its rows. */
export type RunStatement = (text: string, values: readonly Value[]) => Promise<readonly Row[]>;

/** Events of a connection, beside answers. */
export interface ConnectionEvents {
  readonly onLost?: () => void;
  readonly onNotify?: (channel: string) => void;
}

/** The answer of a server without TLS. */
const NO = 'N'.charCodeAt(0);
/** Seconds between two packets that show that the other side is still there. */
const KEEP_ALIVE = 15;

/**
 * One connection, made at its first statement and never made again, so that all statements of its holder go over the same one. It
 * does not keep the program alive while nobody waits for an answer.
 */
export class Connection {
  readonly #sql: postgres.Sql<{ bigint: number }>;
  readonly #waiting = new Set<(error: Error) => void>();
  readonly #events: ConnectionEvents;
  #connecting: Promise<Socket> | undefined;
  #socket: Socket | undefined;
  #isOver = false;
  #pid: number | undefined;
  #refusesTls = false;

  constructor(options: ResolvedOptions, events: ConnectionEvents = {}) {
    this.#events = events;
    const { host, port, database, user, vault, connectTimeout, statementTimeout, busyTimeout } = options;
    let hasConnected = false;
    const client = {
      host,
      port,
      database,
      username: user,
      pass: () => passwordOf(options),
      max: 1,
      ssl: tlsOptions(options),
      prepare: true,
      fetch_types: false,
      idle_timeout: 0,
      max_lifetime: 0,
      connect_timeout: connectTimeout / 1000,
      keep_alive: KEEP_ALIVE,
      types: {
        bigint: { to: 20, from: [20], parse: Number, serialize: String },
      },
      connection: {
        application_name: 'f9',
        search_path: `f9_${vault}`,
        statement_timeout: statementTimeout,
        lock_timeout: busyTimeout,
        client_min_messages: 'warning',
      },
      onnotice: () => undefined,
      onnotify: (channel: string) => events.onNotify?.(channel),
      onclose: () => this.#end(),
      // The library would connect again by itself, and go on outside of the transaction that ended with the first connection.
      socket: async () => {
        if (hasConnected) throw new ConnectionLost();
        hasConnected = true;
        this.#connecting = connected(host, port, connectTimeout);
        this.#socket = await this.#connecting;
        if (this.#isOver) throw new ConnectionLost();
        // The library goes on whatever the answer to its request for TLS, and the server then ends the connection without a word.
        if (options.tls !== 'disable') {
          this.#socket.once('data', (answer: Buffer) => {
            this.#refusesTls = answer[0] === NO;
          });
        }
        return this.#socket;
      },
    };
    this.#sql = postgres(client);
  }

  /** Whether it is known to have ended. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** The number of the server's process for it, once there was an answer. */
  get pid(): number | undefined {
    return this.#pid;
  }

  /** Runs one statement, prepared once. @throws the error of the server or the library */
  async query(text: string, values: readonly Value[] = []): Promise<readonly Row[]> {
    const answer = await this.#settled(() => this.#sql.unsafe<Row[]>(text, [...values], { prepare: true }));
    this.#pid ??= answer.state?.pid;
    return answer;
  }

  /** Runs several statements in one round trip, without values; after a failure none is run. */
  async script(text: string): Promise<void> {
    const answer = await this.#settled(() => this.#sql.unsafe(text));
    this.#pid ??= answer.state?.pid;
  }

  /** Ends it, whatever it is doing. */
  async close(): Promise<void> {
    this.#end();
    await this.#sql.end({ timeout: 0 }).catch(() => undefined);
    await this.#connecting?.catch(() => undefined);
    const socket = this.#socket;
    if (socket === undefined || socket.closed) return;
    socket.ref();
    const closed = once(socket, 'close');
    socket.destroy();
    await closed;
  }

  async #settled<T>(send: () => Promise<T>): Promise<T> {
    if (this.#isOver) throw new ConnectionLost();
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    this.#waiting.add(reject);
    this.#socket?.ref();
    send().then(resolve, reject);
    try {
      return await promise;
    } catch (error) {
      // A connection that was never established has ended now.
      if (this.#pid === undefined) this.#end();
      throw this.#refusesTls ? new TlsRefused() : error;
    } finally {
      this.#waiting.delete(reject);
      if (this.#waiting.size === 0 && this.#events.onNotify === undefined) this.#socket?.unref();
    }
  }

  #end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    for (const reject of this.#waiting) reject(new ConnectionLost());
    this.#events.onLost?.();
  }
}

async function connected(host: string, port: number, timeout: number): Promise<Socket> {
  const socket = host.startsWith('/') ? connect(`${host}/.s.PGSQL.${port}`) : connect(port, host);
  try {
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => reject(new ConnectTimeout()), timeout);
      socket
        .once('connect', resolve)
        .once('error', reject)
        .once('close', () => clearTimeout(timer));
      socket.once('connect', () => clearTimeout(timer));
    });
  } catch (error) {
    socket.destroy();
    throw error;
  }
  socket.removeAllListeners();
  // Questions and answers are small, and each waits for the other.
  socket.setNoDelay(true);
  return socket;
}

function tlsOptions({ tls, ca, host }: ResolvedOptions): false | object {
  if (tls === 'disable') return false;
  return {
    ...(isIP(host) === 0 ? { servername: host } : {}),
    host,
    rejectUnauthorized: tls === 'verify',
    ...(ca === undefined ? {} : { ca: certificatesIn(ca) }),
  };
}

/** Certificates of a file. The error names no path, which may be one of the host. */
function certificatesIn(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (cause) {
    throw backendError('INVALID_ARGUMENT', 'The file with the certificates to trust (ca) cannot be read', {
      cause,
    });
  }
}
