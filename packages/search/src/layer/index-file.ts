import type { DatabaseSync } from 'node:sqlite';
import { explainSqlite } from '../index-store/explain-sqlite.ts';
import { openIndexDatabase } from '../index-store/open-database.ts';
import { type SqliteIndexOptions, SqliteIndexStore } from '../index-store/sqlite-index-store.ts';
import { whenFree } from '../index-store/when-free.ts';

const WHAT = 'The search index';
/** Milliseconds to wait for another process that writes to the index. */
const BUSY_TIMEOUT = 10_000;

/** The file of an index. Whatever waits for another process that uses it waits in turns of the event loop. */
export class IndexFile {
  readonly #database: DatabaseSync;
  readonly #options: SqliteIndexOptions;
  #store: SqliteIndexStore | undefined;

  /** @throws `UNSUPPORTED` on Node before 22.16; `INTEGRITY` for a file that is no index; `IO` where its folder is not there */
  constructor(path: string, options: SqliteIndexOptions) {
    this.#options = options;
    try {
      this.#database = openIndexDatabase(path);
    } catch (error) {
      throw explainIndex(error);
    }
  }

  /** What is in it; its tables are made when they are first asked for. @throws `BUSY` */
  async store(signal?: AbortSignal): Promise<SqliteIndexStore> {
    this.#store ??= await this.#whenFree(() => {
      // Readers go on while somebody writes.
      this.#database.exec('PRAGMA journal_mode = WAL');
      return new SqliteIndexStore(this.#database, this.#options);
    }, signal);
    return this.#store;
  }

  /** Changes it, all or nothing. @throws `BUSY` */
  async change<T>(body: () => T, signal?: AbortSignal): Promise<T> {
    const store = await this.store(signal);
    return await this.#whenFree(() => store.transaction(body), signal);
  }

  close(): void {
    this.#database.close();
  }

  #whenFree<T>(body: () => T, signal: AbortSignal | undefined): Promise<T> {
    return whenFree(body, { timeout: BUSY_TIMEOUT, signal, what: WHAT });
  }
}

/** What f9 says of an error of the index. */
export function explainIndex(error: unknown): unknown {
  return explainSqlite(error, WHAT);
}
