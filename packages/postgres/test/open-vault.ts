// Opens the vault of a test in another process.
import { PostgresFileBackend, type PostgresFileBackendOptions } from '../src/index.ts';

export default function openVault(options: PostgresFileBackendOptions): PostgresFileBackend {
  return new PostgresFileBackend(options);
}
