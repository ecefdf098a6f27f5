import type { DatabaseSync } from 'node:sqlite';
import { explainSqlite } from '../index-store/explain-sqlite.ts';
import { openIndexDatabase } from '../index-store/open-database.ts';
import { type SqliteIndexOptions, SqliteIndexStore } from '../index-store/sqlite-index-store.ts';
import { whenFree } from '../index-store/when-free.ts';

const WHAT = 'The search index';
/** Milliseconds to wait for another process that writes to the index. */
const BUSY_TIMEOUT = 10_000;

/** The file of an index. Waiting for another process that uses it does not block the event loop. */
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

  /** The index in the file; its tables are made when they are first asked for. @throws `BUSY` */
  async store(signal?: AbortSignal): Promise<SqliteIndexStore> {
    this.#store ??= await this.#whenFree(() => {
      // With WAL, readers go on while somebody writes. A new file can give back what it does not need.
      this.#database.exec('PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = WAL');
      return new SqliteIndexStore(this.#database, this.#options);
    }, signal);
    return this.#store;
  }

  /** Runs a change of the index, all or nothing. @throws `BUSY` */
  async change<T>(body: () => T, signal?: AbortSignal): Promise<T> {
    const store = await this.store(signal);
    return await this.#whenFree(() => store.transaction(body), signal);
  }

  /** Makes it as small as what it holds, which takes as long as a part of indexing all. @throws `BUSY` */
  async compact(signal?: AbortSignal): Promise<void> {
    await this.change(
      () => this.#database.exec("INSERT INTO search_words (search_words) VALUES ('optimize')"),
      signal,
    );
    await this.#whenFree(() => this.#database.exec('PRAGMA incremental_vacuum'), signal);
  }

  close(): void {
    this.#database.close();
  }

  #whenFree<T>(body: () => T, signal: AbortSignal | undefined): Promise<T> {
    return whenFree(body, { timeout: BUSY_TIMEOUT, signal, what: WHAT });
  }
}

/** The f9 error for an error of the index. */
export function explainIndex(error: unknown): unknown {
  return explainSqlite(error, WHAT);
}
