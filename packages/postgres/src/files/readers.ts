import type { Connection } from '../database/connection.ts';
import type { Pool } from '../database/pool.ts';
import { explainPostgres } from '../errors.ts';

/**
 * Holds contents that are being read, so that their blocks stay although the file is replaced. The locks are those of one connection:
 * with this process they are gone.
 */
export class Readers {
  readonly #pool: Pool;
  #connection: Connection | undefined;

  constructor(pool: Pool) {
    this.#pool = pool;
  }

  /** Keeps the blocks of a content until the result is called. They may be gone already: to be looked at afterwards. */
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
        // With its connection it is let go of; what is left over, the next one sweeps.
      }
    };
  }

  async close(): Promise<void> {
    await this.#connection?.close();
  }
}
