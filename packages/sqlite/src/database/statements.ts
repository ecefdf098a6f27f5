import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { explainSqlite } from '@f9/search';

/** A database with its statements, each prepared once. */
export class Statements {
  readonly database: DatabaseSync;
  readonly #prepared = new Map<string, StatementSync>();

  constructor(database: DatabaseSync) {
    this.database = database;
  }

  sql(text: string): StatementSync {
    let statement = this.#prepared.get(text);
    if (statement === undefined) {
      statement = this.database.prepare(text);
      this.#prepared.set(text, statement);
    }
    return statement;
  }

  /** Runs `body` as a transaction: all of it takes effect at once, or nothing. */
  transaction<T>(body: () => T): T {
    this.database.exec('BEGIN IMMEDIATE');
    try {
      const result = body();
      this.database.exec('COMMIT');
      return result;
    } catch (error) {
      // SQLite itself may have ended the transaction.
      if (this.database.isTransaction) this.database.exec('ROLLBACK');
      throw error;
    }
  }

  /**
   * Runs `body` within a transaction: all of it takes effect or nothing, and the transaction goes on. @throws where SQLite ended the
   * transaction
   */
  settled<T>(body: () => T): PromiseSettledResult<T> {
    this.database.exec('SAVEPOINT one');
    try {
      return { status: 'fulfilled', value: body() };
    } catch (reason) {
      if (!this.database.isTransaction) throw reason;
      this.database.exec('ROLLBACK TO one');
      return { status: 'rejected', reason: explainSqlite(reason, 'The vault') };
    } finally {
      if (this.database.isTransaction) this.database.exec('RELEASE one');
    }
  }

  /** Lets everything that `body` reads be of one moment, whatever others write. */
  reading<T>(body: () => T): T {
    this.database.exec('BEGIN');
    try {
      return body();
    } finally {
      if (this.database.isTransaction) this.database.exec('COMMIT');
    }
  }
}
