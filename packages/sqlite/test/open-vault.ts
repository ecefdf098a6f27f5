// Opens the vault of a test in another process.
import { SqliteFileBackend, type SqliteFileBackendOptions } from '../src/index.ts';

export default function openVault(options: SqliteFileBackendOptions): SqliteFileBackend {
  return new SqliteFileBackend(options);
}
