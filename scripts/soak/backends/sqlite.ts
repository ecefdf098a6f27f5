import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SqliteFileBackend } from '@f9/sqlite';
import type { Soaked } from '../soaked.ts';

export async function open(): Promise<Soaked> {
  const folder = await mkdtemp(join(tmpdir(), 'f9-soak-'));
  const vault = await new SqliteFileBackend({ path: join(folder, 'vault.db') }).open();
  return {
    vault,
    operations: {
      search: () => vault.search('what is round?'),
      backup: async () => {
        await vault.backup(join(folder, 'backup.db'));
        await rm(join(folder, 'backup.db'));
      },
    },
    async [Symbol.asyncDispose]() {
      await vault[Symbol.asyncDispose]();
      await rm(folder, { recursive: true });
    },
  };
}
