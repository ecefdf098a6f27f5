import type { DatabaseSync } from 'node:sqlite';
import { backendError } from '@f9/core/driver';
import { isBusy } from './when-free.ts';

/** Milliseconds for which a single statement may block the event loop; writers wait longer, without blocking it. */
const BUSY_TIMEOUT = 50;

/** Node's SQLite. @throws `UNSUPPORTED` where this Node has none, or one that cannot search */
export function sqlite(): typeof import('node:sqlite') {
  const module = quietly(() => process.getBuiltinModule('node:sqlite'));
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (module !== undefined && (major > 22 || (major === 22 && minor >= 16))) return module;
  throw backendError(
    'UNSUPPORTED',
    `Node ${process.version} has no SQLite that can search; use 22.16 or newer`,
  );
}

/** Opens an index, which can be made again: committed changes survive the process, but a power cut may take the last of them. */
export function openIndexDatabase(path: string): DatabaseSync {
  const { DatabaseSync } = sqlite();
  const database = new DatabaseSync(path);
  try {
    database.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT}; PRAGMA synchronous = NORMAL`);
    database.prepare('SELECT 1 FROM sqlite_schema LIMIT 1').get();
  } catch (error) {
    // Another process is using the file, so it is a database.
    if (isBusy(error)) return database;
    database.close();
    throw error;
  }
  return database;
}

/** Loads SQLite without Node's warning that it is experimental, and without hiding any other warning. */
function quietly<T>(load: () => T): T {
  const { emitWarning } = process;
  process.emitWarning = (warning: string | Error, ...rest: unknown[]): void => {
    if (!String(warning).includes('SQLite')) Reflect.apply(emitWarning, process, [warning, ...rest]);
  };
  try {
    return load();
  } finally {
    process.emitWarning = emitWarning;
  }
}
