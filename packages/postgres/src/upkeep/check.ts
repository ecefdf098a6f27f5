import type { DriverOptions } from '@f9/core/driver';
import type { Row } from '../database/connection.ts';
import type { OpenVault } from '../vault/open-vault.ts';

/** The result of checking a vault. */
export interface VaultCheck {
  /** Number of files. */
  readonly files: number;
  /** Problems in sentences; empty where there is none. */
  readonly problems: readonly string[];
  /** The version of PostgreSQL, such as `15.8`. */
  readonly serverVersion: string;
  /** Whether the server is a standby, which only reads and follows another. */
  readonly isStandby: boolean;
  /** Whether the connection is encrypted. */
  readonly isEncrypted: boolean;
  /** Connections of all users at present. */
  readonly connections: number;
  /** Most connections that the server takes. */
  readonly maxConnections: number;
}

/** Most problems of one kind that are told. */
const MOST = 10;

/** Queries whose rows are problems. */
const PROBLEMS: readonly string[] = [
  `SELECT 'Bytes of ' || to_json(path_of(key))::text || ' are missing' FROM entries e CROSS JOIN LATERAL
     (SELECT coalesce(sum(length(bytes)), 0) AS held, coalesce(max(start + length(bytes)), 0) AS reach FROM blocks b WHERE b.content = e.content) there
   WHERE e.content IS NOT NULL AND (held < size OR held <> reach)`,
  `SELECT to_json(min(path_of(key)))::text || ' and ' || to_json(max(path_of(key)))::text || ' have the same bytes'
   FROM entries WHERE content IS NOT NULL GROUP BY content HAVING count(*) > 1`,
  `SELECT 'The directory of ' || to_json(path)::text || ' is missing' FROM (SELECT path_of(key) AS path FROM entries) own
   WHERE path LIKE '%/%' AND NOT EXISTS
     (SELECT FROM entries above WHERE above.key = key_of(regexp_replace(path, '/[^/]*$', '')) AND above.content IS NULL)`,
  `SELECT 'There are bytes of no file' FROM blocks b
   WHERE NOT EXISTS (SELECT FROM entries WHERE content = b.content) AND NOT EXISTS (SELECT FROM versions WHERE content = b.content)
     AND NOT EXISTS (SELECT FROM staged WHERE content = b.content) AND NOT EXISTS (SELECT FROM discarded WHERE content = b.content) LIMIT 1`,
];

/** Checks the vault. Each query takes about as long as reading all rows once; bytes of files are not read. */
export async function checkVault(vault: OpenVault, { signal }: DriverOptions): Promise<VaultCheck> {
  const ask = (text: string): Promise<readonly Row[]> =>
    vault.pool.query(text, [], { signal, onlyReads: true });
  const [server] = await ask(
    `SELECT current_setting('server_version') AS version, pg_is_in_recovery() AS "isStandby",
       (SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()) AS "isEncrypted",
       (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend') AS connections,
       current_setting('max_connections')::int AS "maxConnections",
       (SELECT count(*) FROM entries WHERE content IS NOT NULL) AS files`,
  );
  const problems: string[] = [];
  for (const query of PROBLEMS) {
    const rows = await ask(`SELECT * FROM (${query}) problem LIMIT ${MOST}`);
    problems.push(...rows.map((row) => String(Object.values(row)[0])));
  }
  const { version, isStandby, isEncrypted, connections, maxConnections, files } = server!;
  return {
    files: Number(files),
    problems,
    serverVersion: String(version).split(' ')[0]!,
    isStandby: isStandby === true,
    isEncrypted: isEncrypted === true,
    connections: Number(connections),
    maxConnections: Number(maxConnections),
  };
}
