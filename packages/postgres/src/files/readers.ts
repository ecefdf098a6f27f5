import type { Connection } from '../database/connection.ts';
import type { Pool } from '../database/pool.ts';
import { explainPostgres } from '../errors.ts';

/**
 * Holds contents that are being read, so that their blocks stay after the file is replaced. The locks belong to one connection, and
 * end with this process.
 */
export class Readers {
  readonly #pool: Pool;
  #connection: Connection | undefined;

  constructor(pool: Pool) {
    this.#pool = pool;
  }

  /**
   * Keeps the blocks of a content until the function that it gives is called. They may be gone already, so the caller must look after
   * this.
   */
  async hold(content: number): Promise<() => Promise<void>> {
    if (this.#connection === undefined || this.#connection.isOver) this.#connection = this.#pool.extra();
    const connection = this.#connection;
    try {
      await connection.query('SELECT pg_advisory_lock_shared(content_class(), lock_number($1))', [content]);
    } catch (error) {
      throw explainPostgres(error);
    }
    return async () => {
      try {
        await connection.query('SELECT pg_advisory_unlock_shared(content_class(), lock_number($1))', [
          content,
        ]);
        await connection.query('SELECT sweep() WHERE EXISTS (SELECT FROM discarded)');
      } catch {
        // The lock ends with its connection; the next reader removes leftovers.
      }
    };
  }

  async close(): Promise<void> {
    await this.#connection?.close();
  }
}
