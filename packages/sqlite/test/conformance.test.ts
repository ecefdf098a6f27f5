import { randomUUID } from 'node:crypto';
import { readdirSync, readlinkSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ConformanceHarness, testBackend } from '@f9/conformance';
import { describe, test } from 'vitest';
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

await testBackend(sparing({ describe, test }, 2, ['between processes']), harness('sqlite', {}));
if (isLong) {
  await testBackend({ describe, test }, harness('sqlite with history', { history: true }));
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
