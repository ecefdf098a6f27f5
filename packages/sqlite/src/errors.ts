import { explainSqlite } from '@f9/search';

/** Runs code that calls SQLite. @throws errors of f9, without SQLite's words, which may hold a path of this machine */
export function explained<T>(body: () => T): T {
  try {
    return body();
  } catch (error) {
    throw explainSqlite(error, 'The vault');
  }
}
