import { backendError } from '@f9/core/driver';
import type { ResolvedOptions } from '../options.ts';
import type { Connection, Row } from './connection.ts';
import type { Pool } from './pool.ts';
import { MIGRATIONS } from './schema.ts';

/** The oldest PostgreSQL with all that is used: transaction numbers that do not wrap. */
const OLDEST_SERVER = 130_000;

/**
 * Makes the tables of the vault, or brings them up to this version; only one of several callers at the same time does it.
 *
 * @throws `UNSUPPORTED` for a server that is too old, or a vault of a newer version; `PERMISSION_DENIED` where there is no vault and
 * the user may make none; `READ_ONLY` where it would have to be changed and may not
 */
export async function openSchema(
  pool: Pool,
  { vault }: ResolvedOptions,
  signal: AbortSignal | undefined,
): Promise<void> {
  const found = await pool.run((connection) => lookAt(connection, vault), { signal, onlyReads: true });
  if (found.version < MIGRATIONS.length) {
    await pool.run((connection) => migrate(connection, vault), { signal });
  } else if (found.version > MIGRATIONS.length) {
    throw backendError(
      'UNSUPPORTED',
      'The vault was made by a newer version: npm install @f9/postgres@latest',
    );
  } else if (found.hasLeftovers) {
    await pool.query('SELECT tidy()', [], { signal });
  }
}

interface Found {
  /** The version of the tables; 0 where there are none. */
  readonly version: number;
  readonly hasLeftovers: boolean;
}

async function lookAt(connection: Connection, vault: string): Promise<Found> {
  // The catalog itself is read: to_regclass answers from a cache that does not hear of what was made while a lock was waited for.
  const [server] = await connection.query(
    `SELECT current_setting('server_version_num')::int AS version, current_setting('server_encoding') AS encoding,
       current_setting('search_path') AS "searchPath",
       EXISTS (SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE nspname = $1 AND relname = 'vault') AS "isMade",
       pg_is_in_recovery() AS "isStandby"`,
    [`f9_${vault}`],
  );
  const { version, encoding, searchPath, isMade, isStandby } = server as Row;
  if (Number(version) < OLDEST_SERVER) {
    throw backendError(
      'UNSUPPORTED',
      'The server is older than PostgreSQL 13, and cannot hold a vault; use a newer one',
    );
  }
  if (encoding !== 'UTF8') {
    throw backendError(
      'UNSUPPORTED',
      'The database has another encoding than UTF8, and cannot hold a vault; make one that has: createdb -E UTF8 -T template0',
    );
  }
  // Without it every vault of the database would be one, in the schema that is taken where none is named.
  if (searchPath !== `f9_${vault}`) {
    throw backendError(
      'UNSUPPORTED',
      'A pool before the server drops the settings of a connection, which name the schema of the vault; connect to the server itself',
    );
  }
  if (isMade !== true) return { version: 0, hasLeftovers: false };
  // With its schema: one that the user may not enter is passed over where names are looked up without.
  const [made] = await connection.query(
    `SELECT version, EXISTS (SELECT FROM staged WHERE since < now() - interval '1 day')
       OR EXISTS (SELECT FROM discarded) OR EXISTS (SELECT FROM removed WHERE at < now() - interval '30 days') AS "hasLeftovers"
     FROM f9_${vault}.vault`,
  );
  return {
    version: Number(made?.version ?? 0),
    hasLeftovers: made?.hasLeftovers === true && isStandby !== true,
  };
}

/** Brings the tables up to this version, all or nothing. */
async function migrate(connection: Connection, vault: string): Promise<void> {
  const schema = `f9_${vault}`;
  try {
    await connection.script(
      `BEGIN; SELECT pg_advisory_xact_lock(hashtext('f9 migration'), hashtext('${schema}'))`,
    );
    const { version } = await lookAt(connection, vault);
    if (version === 0) await connection.script(`CREATE SCHEMA IF NOT EXISTS ${schema}`);
    for (const [index, step] of MIGRATIONS.entries()) if (index >= version) await connection.script(step);
    await connection.script(`UPDATE vault SET version = ${MIGRATIONS.length}; COMMIT`);
  } catch (error) {
    if (!connection.isOver) await connection.script('ROLLBACK');
    throw error;
  }
}
