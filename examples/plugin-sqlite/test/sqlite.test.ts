import { readdirSync, readlinkSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { testBackend } from '@f9/conformance';
import { describe, test } from 'vitest';
import { SqliteFileBackend } from '../src/index.ts';

await testBackend(
  { describe, test },
  {
    createStore: async () => {
      const folder = await mkdtemp(join(tmpdir(), 'f9-sqlite-'));
      const options = { path: join(folder, 'vault.db') };
      return {
        createBackend: () => new SqliteFileBackend(options),
        processModule: { url: new URL('open-vault.ts', import.meta.url), data: options },
        secrets: [folder],
        dispose: () => rm(folder, { recursive: true }),
      };
    },
    resources: openConnections,
  },
);

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
