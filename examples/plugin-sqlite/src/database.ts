import type { DatabaseSync } from 'node:sqlite';
import { backendError } from '@f9/core/driver';

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS entries (
    key BLOB PRIMARY KEY,     -- the path with 0 for "/", so that its order is that of a tree that is walked
    parent BLOB NOT NULL,
    content INTEGER,          -- NULL: a directory
    version INTEGER NOT NULL,
    size INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    modified_at INTEGER NOT NULL
  ) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS entries_by_parent ON entries (parent, key);
  CREATE TABLE IF NOT EXISTS blocks (
    content INTEGER NOT NULL,
    start INTEGER NOT NULL,
    bytes BLOB NOT NULL,
    PRIMARY KEY (content, start)
  );
  CREATE TABLE IF NOT EXISTS staged (
    content INTEGER PRIMARY KEY AUTOINCREMENT, -- never given twice
    since INTEGER NOT NULL
  );
`;

export interface DatabaseOptions {
  /** The file. Made where there is none; its folder must be there. */
  readonly path: string;
  /** Milliseconds to wait for another process that writes. Default 5,000. */
  readonly busyTimeout?: number;
}

/** @throws what SQLite throws; `UNSUPPORTED` where this Node has no SQLite */
export function openDatabase({ path, busyTimeout = 5000 }: DatabaseOptions): DatabaseSync {
  const { DatabaseSync } = sqlite();
  const database = new DatabaseSync(path);
  try {
    database.exec(`PRAGMA busy_timeout = ${Math.trunc(busyTimeout)}`);
    // Readers go on while somebody writes. What is committed survives the process; only a power cut may take the last of it.
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL');
    database.exec(SCHEMA);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** The file beside a vault that sessions are held by. */
export function openSessions(path: string): DatabaseSync {
  const { DatabaseSync } = sqlite();
  const sessions = new DatabaseSync(`${path}-sessions`);
  sessions.exec('CREATE TABLE IF NOT EXISTS holder (pid INTEGER NOT NULL)');
  return sessions;
}

/** Another connection, which sees the database as it is now until it is closed. */
export function openSnapshot(path: string): DatabaseSync {
  const { DatabaseSync } = sqlite();
  const database = new DatabaseSync(path, { readOnly: true });
  database.exec('BEGIN; SELECT 1 FROM entries LIMIT 1');
  return database;
}

/** Loads SQLite without the warning of Node 22 that it is experimental, and without hiding any other. */
function sqlite(): typeof import('node:sqlite') {
  const { emitWarning } = process;
  process.emitWarning = (warning: string | Error, ...rest: unknown[]): void => {
    if (!String(warning).includes('SQLite')) Reflect.apply(emitWarning, process, [warning, ...rest]);
  };
  try {
    const module = process.getBuiltinModule('node:sqlite');
    if (module !== undefined) return module;
  } finally {
    process.emitWarning = emitWarning;
  }
  throw backendError('UNSUPPORTED', `Node ${process.version} has no SQLite; use 22.13 or newer`);
}
