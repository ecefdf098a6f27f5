import { backendError } from '@f9/core/driver';
import type { Connection } from '../database/connection.ts';
import { codeOf } from '../errors.ts';

const NO_RIGHT = '42501';

/** The schema of pgvector in the database, as a quoted name. */
export type VectorSchema = string;

/**
 * Makes the table for the vectors of a model, and removes those of another model.
 *
 * @throws `UNSUPPORTED` where the server has no pgvector; `PERMISSION_DENIED` where it has, and the user may not turn it on
 */
export async function prepareVectors(
  connection: Connection,
  vault: string,
  model: string,
): Promise<VectorSchema> {
  const known = await placeOfVectors(connection);
  const [is] = await connection.query(
    `SELECT embedder = $1 AND to_regclass($2) IS NOT NULL AS "isReady" FROM search_settings`,
    [model, `f9_${vault}.search_vectors`],
  );
  if (known !== undefined && is?.isReady === true) return known;
  try {
    await connection.script(`BEGIN; SELECT pg_advisory_xact_lock(hashtext('f9 vectors'))`);
    const place = (await placeOfVectors(connection)) ?? (await turnOn(connection));
    await connection.script(
      `CREATE TABLE IF NOT EXISTS search_vectors (hash text PRIMARY KEY, embedding ${place}.vector NOT NULL);
       CREATE INDEX IF NOT EXISTS search_passages_by_hash ON search_passages (hash)`,
    );
    await connection.query(
      'DELETE FROM search_vectors WHERE (SELECT embedder FROM search_settings) IS DISTINCT FROM $1',
      [model],
    );
    await connection.query('UPDATE search_settings SET embedder = $1', [model]);
    await connection.script('COMMIT');
    return place;
  } catch (error) {
    if (!connection.isOver) await connection.script('ROLLBACK');
    throw error;
  }
}

async function placeOfVectors(connection: Connection): Promise<VectorSchema | undefined> {
  const [row] = await connection.query(
    `SELECT quote_ident(nspname) AS place FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace WHERE extname = 'vector'`,
  );
  return row === undefined ? undefined : String(row.place);
}

async function turnOn(connection: Connection): Promise<VectorSchema> {
  const [there] = await connection.query(`SELECT FROM pg_available_extensions WHERE name = 'vector'`);
  if (there === undefined) {
    throw backendError(
      'UNSUPPORTED',
      "The server has no pgvector, which search by meaning needs; install it there (Debian's postgresql-17-pgvector), or open the vault without a model",
    );
  }
  try {
    await connection.script('CREATE EXTENSION vector SCHEMA public');
  } catch (error) {
    if (codeOf(error) !== NO_RIGHT) throw error;
    throw backendError(
      'PERMISSION_DENIED',
      'Search by meaning needs pgvector, which this user may not turn on; let an administrator of the database run CREATE EXTENSION vector',
      { cause: error },
    );
  }
  return 'public';
}
