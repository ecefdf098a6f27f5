// Opens the vault of a test in another process.
import type { DatabaseOptions } from '../src/index.ts';
import { SqliteFileBackend } from '../src/index.ts';

export default function openVault(options: DatabaseOptions): SqliteFileBackend {
  return new SqliteFileBackend(options);
}
