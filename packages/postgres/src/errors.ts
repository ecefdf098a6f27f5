import { type ErrorCode, isFileBackendError } from '@f9/core';
import { backendError } from '@f9/core/driver';

/** The connection ended during a statement, which may or may not have taken effect. */
export class ConnectionLost extends Error {
  readonly code = 'CONNECTION_CLOSED';
}

/** No connection came about in the time given for it. */
export class ConnectTimeout extends Error {
  readonly code = 'CONNECT_TIMEOUT';
}

/** The error of a server without TLS where TLS was demanded. */
export class TlsRefused extends Error {
  readonly code = 'TLS_REFUSED';
}

type Meaning = readonly [code: ErrorCode, why: string];

const BROKE_OFF: Meaning = [
  'UNAVAILABLE',
  'the connection to the database broke off; what was to be changed may have been changed or not: look before you try again',
];
const NOT_REACHED: Meaning = [
  'UNAVAILABLE',
  'the database server cannot be reached; check that it runs, its host and its port',
];

/** Meanings by SQLSTATE, or by the code of a system call or of the client. */
const MEANINGS: Readonly<Record<string, Meaning>> = {
  CONNECTION_CLOSED: BROKE_OFF,
  CONNECTION_DESTROYED: BROKE_OFF,
  ECONNRESET: BROKE_OFF,
  EPIPE: BROKE_OFF,
  ERR_STREAM_DESTROYED: BROKE_OFF,
  CONNECT_TIMEOUT: NOT_REACHED,
  ETIMEDOUT: NOT_REACHED,
  TLS_REFUSED: [
    'UNAVAILABLE',
    'the server does not talk TLS; turn it on there (ssl = on), or say tls: "disable" where nobody can listen',
  ],
  '28P01': [
    'UNAUTHENTICATED',
    'the database server does not take the password for this user; give the right one (password, PGPASSWORD or a line of .pgpass)',
  ],
  '28000': [
    'UNAUTHENTICATED',
    'the database server does not let this user in; check the user, whether it wants tls, and its pg_hba.conf',
  ],
  '08P01': [
    'UNSUPPORTED',
    'there is no PostgreSQL server, or a pool before one that takes no settings of a connection; connect to the server itself',
  ],
  '3D000': ['NOT_FOUND', 'the server has no database of this name; make it with createdb'],
  '42501': ['PERMISSION_DENIED', 'the user has no right to it; grant it on the schema of the vault'],
  '25006': ['READ_ONLY', 'the server only reads: it is a standby, or the database is set to read only'],
  '53100': ['NO_SPACE', "the server's disk is full; nothing was changed"],
  '53200': ['UNAVAILABLE', 'the server is out of memory; try again later'],
  '53300': [
    'TOO_MANY_OPEN',
    'the server takes no more connections; close some, or raise its max_connections, or the limit of the database or the user',
  ],
  '54000': ['INVALID_ARGUMENT', 'it is more than the server can take'],
  '55000': [
    'UNAVAILABLE',
    'the database is not ready for it; see whether it takes connections (ALLOW_CONNECTIONS)',
  ],
  '55P03': [
    'BUSY',
    'somebody else is changing the same file, maybe in a session that is not over; try again',
  ],
  '40001': ['BUSY', 'others were changing the same files; try again'],
  '40P01': ['BUSY', 'others were changing the same files; try again'],
  '57014': ['TIMEOUT', 'the server took longer than it may (statementTimeout)'],
  '57P01': BROKE_OFF,
  '57P02': BROKE_OFF,
  '57P03': ['UNAVAILABLE', 'the database server is starting or shutting down; try again'],
  '58030': ['IO', "the server's disk failed"],
  XX001: ['INTEGRITY', "the server's data is damaged; restore a backup"],
  XX002: ['INTEGRITY', 'an index of the server is damaged; REINDEX the schema of the vault'],
  // Codes of the vault's own functions.
  F9L01: [
    'LOCK_LOST',
    'another session took the vault, since this one was silent for too long; nothing of it was written. Begin a new session',
  ],
  F9S01: ['IO', 'the write took longer than a day and was given up'],
};

/** Codes which mean that tables, columns or functions are missing. */
const GONE = /^(?:42P01|42703|42883|3F000|42704)$/;
/** Codes of the client, the network and name resolution. */
const NETWORK = /^(?:E[A-Z]+|08\w{3})$/;
const TLS = /CERT|SSL|TLS|SELF_SIGNED|ALTNAME|VERIFY/;

/** The f9 error for an error of the client or the server, without their own words, which may name hosts, users and rows. */
export function explainPostgres(error: unknown): unknown {
  if (isFileBackendError(error) || !(error instanceof Error)) return error;
  const code = codeOf(error);
  if (code === undefined) return error;
  const [meaning, why] = meaningOf(code);
  return backendError(meaning, `The vault in PostgreSQL failed because ${why}`, { cause: error });
}

/** The SQLSTATE, or the code of a system call or of the client. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

/** Whether the connection failed, so that nobody knows whether the statement took effect. */
export function isLost(error: unknown): boolean {
  const code = codeOf(error);
  return code !== undefined && MEANINGS[code] === BROKE_OFF;
}

function meaningOf(code: string): Meaning {
  const known = MEANINGS[code];
  if (known !== undefined) return known;
  if (GONE.test(code)) {
    return [
      'NOT_FOUND',
      'its schema holds no vault, or no longer the one that it held; was it dropped, or does it belong to another program (vault)?',
    ];
  }
  if (TLS.test(code)) {
    return [
      'UNAVAILABLE',
      'its certificate is not to be trusted; give the certificates that it comes from (ca), or check the host',
    ];
  }
  return NETWORK.test(code) ? NOT_REACHED : ['UNKNOWN', `of an error it did not expect (${code})`];
}
