import { randomUUID } from 'node:crypto';
import { readdirSync, readlinkSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync, StatementSync } from 'node:sqlite';
import { type ConformanceHarness, testBackend } from '@f9/conformance';
import { describe, test } from 'vitest';
import { beforeCalls } from '../../../scripts/test/before-calls.ts';
import { isLong, sparing } from '../../../scripts/test/daily.ts';
import { SqliteFileBackend, type SqliteFileBackendOptions } from '../src/index.ts';

function harness(name: string, given: Partial<SqliteFileBackendOptions>): ConformanceHarness {
  return {
    name,
    createStore: async () => {
      const folder = await mkdtemp(join(tmpdir(), 'f9-sqlite-'));
      const options: SqliteFileBackendOptions = {
        path: join(folder, 'vault.db'),
        durability: 'none',
        ...given,
      };
      return {
        createBackend: () => new SqliteFileBackend(options),
        processModule: { url: new URL('open-vault.ts', import.meta.url), data: options },
        secrets: [folder],
        onCall: (listener) => {
          const ends = [
            beforeCalls(DatabaseSync.prototype, ['exec'], listener),
            beforeCalls(StatementSync.prototype, ['run', 'get', 'all', 'iterate'], listener),
          ];
          return () => {
            for (const end of ends) end();
          };
        },
        leftovers: () => leftoversIn(options.path),
        dispose: () => rm(folder, { recursive: true }),
      };
    },
    createMissing: () => {
      const path = join(tmpdir(), `f9-sqlite-${randomUUID()}`, 'vault.db');
      return { createBackend: () => new SqliteFileBackend({ ...given, path }), secrets: [path] };
    },
    sessionLease: 5000,
    resources: openConnections,
  };
}

await testBackend(sparing({ describe, test }, 2), harness('sqlite', {}));
if (isLong) {
  await testBackend({ describe, test }, harness('sqlite with history', { history: true }));
}

/** What no file needs: bytes of writes that did not end, of versions that nobody keeps, and a session that somebody has. */
function leftoversIn(path: string): string[] {
  const database = new DatabaseSync(path, { readOnly: true });
  try {
    const rows = database
      .prepare(
        `SELECT 'staged ' || content AS what FROM staged
         UNION SELECT 'bytes ' || content FROM blocks WHERE content NOT IN (
           SELECT content FROM entries WHERE content IS NOT NULL UNION SELECT content FROM versions WHERE content IS NOT NULL
         )
         UNION SELECT 'session of ' || holder FROM session WHERE holder IS NOT NULL`,
      )
      .all();
    return rows.map(({ what }) => String(what));
  } finally {
    database.close();
  }
}

/**
 * Each connection has the log of the database open, which Linux tells. The database itself is no measure: SQLite keeps the descriptor
 * of a closed connection for the next one while others are open, since closing it would drop their locks.
 */
function openConnections(): number {
  if (process.platform !== 'linux') return 0;
  return readdirSync('/proc/self/fd').filter((fd) => isLog(`/proc/self/fd/${fd}`)).length;
}

function isLog(link: string): boolean {
  try {
    return readlinkSync(link).endsWith('.db-wal');
  } catch {
    // Reading the folder itself took a descriptor, which is gone by now.
    return false;
  }
}
