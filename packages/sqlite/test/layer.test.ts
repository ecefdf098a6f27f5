import { join } from 'node:path';
import { proveLayer } from '../../search/test/prove-layer.ts';
import { SqliteFileBackend } from '../src/index.ts';

await proveLayer('sqlite', (folder) => {
  const options = { path: join(folder, 'vault.db'), durability: 'none' } as const;
  return () => new SqliteFileBackend(options);
});
