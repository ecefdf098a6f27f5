import { accessSync, constants, statfsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { backendError } from '@f9/core/driver';
import { sqlite } from '@f9/search';
import type { SqliteFileBackendOptions } from '../options.ts';
import { APPLICATION_ID, MIGRATIONS } from './schema.ts';

/** Milliseconds for which a single statement may block the event loop; writers wait longer, without blocking it. */
const BUSY_TIMEOUT = 50;

/** Network filesystems, by their number in Linux: SQLite needs locks that they do not keep. */
const NETWORK_FILESYSTEMS: ReadonlyMap<number, string> = new Map([
  [0x6969, 'NFS'],
  [0x517b, 'SMB'],
  [0xff534d42, 'CIFS'],
  [0xfe534d42, 'SMB2'],
  [0x5346414f, 'AFS'],
  [0x01021997, '9P'],
]);

/**
 * @throws what SQLite throws; `NOT_FOUND` where its folder is not there; `UNSUPPORTED` on an old Node, a filesystem between machines, or for a vault of a newer version;
 * `INVALID_ARGUMENT` for a database that is no vault
 */
export function openDatabase({ path, durability }: SqliteFileBackendOptions): DatabaseSync {
  assertLocal(path);
  const database = connect(path);
  try {
    database.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT}`);
    // The tables first: who makes the vault meanwhile commits them together with its number, which is then seen.
    const wasEmpty = isEmpty(database);
    const { application_id: application } = database.prepare('PRAGMA application_id').get()!;
    const isNew = wasEmpty && application === 0;
    if (application !== APPLICATION_ID && !isNew) {
      throw backendError(
        'INVALID_ARGUMENT',
        'The file is the database of another program; give the vault a file of its own',
      );
    }
    if (isNew || isWritable(path)) {
      // With WAL, readers go on while somebody writes. Setting it again would wait for them.
      if (database.prepare('PRAGMA journal_mode').get()!.journal_mode !== 'wal')
        database.exec('PRAGMA journal_mode = WAL');
      database.exec(`PRAGMA synchronous = ${durability === 'none' ? 'NORMAL' : 'FULL'}`);
      migrate(database);
    }
    assertKnown(database);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** Another connection, which shows the database as it is now until it is closed, and which nobody waits for. */
export function openSnapshot(path: string): DatabaseSync {
  const { DatabaseSync } = sqlite();
  const database = new DatabaseSync(path, { readOnly: true });
  database.exec('BEGIN; SELECT 1 FROM entries LIMIT 1');
  return database;
}

function connect(path: string): DatabaseSync {
  const { DatabaseSync } = sqlite();
  try {
    const database = new DatabaseSync(path);
    database.prepare('SELECT 1 FROM sqlite_schema LIMIT 1').get();
    return database;
  } catch (error) {
    assertPlace(path);
    // A file that may only be read is opened for reading.
    if (codeOf(error) !== 14 && codeOf(error) !== 8) throw error;
    return new DatabaseSync(path, { readOnly: true });
  }
}

/** Errors that SQLite does not tell apart. @throws `NOT_FOUND`, `IS_DIRECTORY` */
function assertPlace(path: string): void {
  const look = (at: string) => statSync(at, { throwIfNoEntry: false });
  if (look(dirname(path)) === undefined) {
    throw backendError('NOT_FOUND', 'The folder of the vault does not exist; make it, or name another file');
  }
  if (look(path)?.isDirectory() === true) {
    throw backendError('IS_DIRECTORY', 'The path of the vault is a folder; name a file in it');
  }
}

function codeOf(error: unknown): number | undefined {
  return error instanceof Error && 'errcode' in error ? Number(error.errcode) & 0xff : undefined;
}

function isEmpty(database: DatabaseSync): boolean {
  return database.prepare('SELECT 1 FROM sqlite_schema LIMIT 1').get() === undefined;
}

function isWritable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/** Brings the tables up to this version, all or nothing; only one of several processes does it. */
function migrate(database: DatabaseSync): void {
  if (versionOf(database) >= MIGRATIONS.length) return;
  database.exec('BEGIN IMMEDIATE');
  try {
    for (const [index, step] of MIGRATIONS.entries()) if (index >= versionOf(database)) database.exec(step);
    database.exec(`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${MIGRATIONS.length}`);
    database.exec('COMMIT');
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK');
    throw error;
  }
}

function assertKnown(database: DatabaseSync): void {
  const version = versionOf(database);
  if (version === MIGRATIONS.length) return;
  if (version > MIGRATIONS.length) {
    throw backendError('UNSUPPORTED', 'The vault was made by a newer version: npm install @f9/sqlite@latest');
  }
  throw backendError(
    'READ_ONLY',
    'The vault is of an older version, and its file may not be written; open it once where it may',
  );
}

function versionOf(database: DatabaseSync): number {
  return Number(database.prepare('PRAGMA user_version').get()!.user_version);
}

function assertLocal(path: string): void {
  if (process.platform !== 'linux') return;
  let type: number;
  try {
    ({ type } = statfsSync(dirname(path)));
  } catch {
    return; // The folder is not there: SQLite says it.
  }
  const name = NETWORK_FILESYSTEMS.get(type >>> 0);
  if (name === undefined) return;
  throw backendError(
    'UNSUPPORTED',
    `A vault in a file needs a disk of this machine, not ${name}; its locks do not hold between machines`,
  );
}
