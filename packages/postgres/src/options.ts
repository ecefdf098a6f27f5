import type { BackendOptions } from '@f9/core';
import { assertBackendOptions, backendError } from '@f9/core/driver';
import type { Embedder, Stemmer } from '@f9/search';

/** Encryption of the connection: none, without checking the server, or only with a certificate for the host. */
export type Tls = 'disable' | 'require' | 'verify';

/** The place of a vault in PostgreSQL, and the way to open it. */
export interface PostgresFileBackendOptions extends BackendOptions {
  /** The host: a name, an address, or the folder of a Unix socket. Default `localhost`. */
  readonly host?: string;
  /** The TCP port. Default 5432. */
  readonly port?: number;
  /** The database of the server, which must exist. */
  readonly database: string;
  /** The user to log in as. */
  readonly user: string;
  /**
   * The password; a function is called at every connection, for passwords that expire. Default: `PGPASSWORD`, then the password file
   * (`.pgpass`).
   */
  readonly password?: string | (() => string | Promise<string>);
  /**
   * The name of the vault in the database: letters, digits and `_`, at most 40. Its schema is `f9_` and this name. Default `vault`.
   */
  readonly vault?: string;
  /** Encryption of the connection. Default `'verify'`, and `'disable'` on this machine. */
  readonly tls?: Tls;
  /** The path of a file with the certificates to trust. Default: those of Node. */
  readonly ca?: string;
  /** Most connections, beside that of a session and those of open readers. Default 8. */
  readonly maxConnections?: number;
  /** Milliseconds to wait for a connection. Default 10,000. */
  readonly connectTimeout?: number;
  /** Milliseconds that the server may work on one statement; 0: its own limit. Default 60,000. */
  readonly statementTimeout?: number;
  /** Milliseconds to wait for others who are changing the same file, above all for a session before its commit. Default 10,000. */
  readonly busyTimeout?: number;
  /** Keep former versions of files that are changed or deleted. Default false. */
  readonly history?: boolean;
  /** The model for search by meaning, for which the server needs pgvector. Default: words alone. */
  readonly embedder?: Embedder;
  /** The stemmer of the language that the texts are in. Default: English. */
  readonly stemmer?: Stemmer;
  /** Called where a query was answered by words alone because the model did not answer in time. */
  readonly onFallback?: (error: unknown) => void;
}

const KNOWN: readonly (keyof PostgresFileBackendOptions)[] = [
  'host',
  'port',
  'database',
  'user',
  'password',
  'vault',
  'tls',
  'ca',
  'maxConnections',
  'connectTimeout',
  'statementTimeout',
  'busyTimeout',
  'history',
  'embedder',
  'stemmer',
  'onFallback',
];

/** The longest time that a timer takes, in milliseconds. */
const MAX_TIME = 2 ** 31 - 1;
const VAULT = /^[a-z0-9_]{1,40}$/;

/** Options with their defaults. */
export interface ResolvedOptions extends PostgresFileBackendOptions {
  readonly host: string;
  readonly port: number;
  readonly vault: string;
  readonly tls: Tls;
  readonly maxConnections: number;
  readonly connectTimeout: number;
  readonly statementTimeout: number;
  readonly busyTimeout: number;
  readonly history: boolean;
}

/** @throws `INVALID_ARGUMENT` */
export function resolveOptions(options: PostgresFileBackendOptions): ResolvedOptions {
  assertBackendOptions(options, KNOWN);
  const { host = 'localhost', database, user, vault = 'vault', history = false } = options;
  for (const [name, value] of Object.entries({ host, database, user })) {
    if (typeof value !== 'string' || value === '') throw invalid(`${name} must be a text that is not empty`);
  }
  if (!VAULT.test(vault)) {
    throw invalid('vault must be a name of at most 40 small letters, digits and "_"');
  }
  const { tls = isThisMachine(host) ? 'disable' : 'verify' } = options;
  if (!['disable', 'require', 'verify'].includes(tls)) {
    throw invalid("tls must be 'disable', 'require' or 'verify'");
  }
  if (typeof history !== 'boolean') throw invalid('history must be true or false');
  return {
    ...options,
    host,
    vault,
    tls,
    history,
    port: whole('port', options.port ?? 5432, 1, 65_535),
    maxConnections: whole('maxConnections', options.maxConnections ?? 8, 1, 1000),
    connectTimeout: whole('connectTimeout', options.connectTimeout ?? 10_000, 1, MAX_TIME),
    statementTimeout: whole('statementTimeout', options.statementTimeout ?? 60_000, 0, MAX_TIME),
    busyTimeout: whole('busyTimeout', options.busyTimeout ?? 10_000, 1, MAX_TIME),
  };
}

/** Whether a connection to the host stays on this machine. */
function isThisMachine(host: string): boolean {
  return host === 'localhost' || host.startsWith('/') || host === '::1' || /^127(?:\.\d{1,3}){3}$/.test(host);
}

function whole(name: string, value: unknown, least: number, most: number): number {
  if (Number.isInteger(value) && Number(value) >= least && Number(value) <= most) return Number(value);
  throw invalid(`${name} must be a whole number from ${least} to ${most}`);
}

function invalid(message: string): Error {
  return backendError('INVALID_ARGUMENT', `PostgresFileBackend: ${message}`);
}
