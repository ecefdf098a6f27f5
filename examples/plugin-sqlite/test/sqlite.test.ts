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
      return {
        createBackend: () => new SqliteFileBackend({ path: join(folder, 'vault.db') }),
        secrets: [folder],
        dispose: () => rm(folder, { recursive: true }),
      };
    },
  },
);
