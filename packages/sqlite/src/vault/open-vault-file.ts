import { resolve } from 'node:path';
import { whenFree } from '@f9/search';
import { openDatabase } from '../database/open-database.ts';
import { DEFAULT_BUSY_TIMEOUT, type SqliteFileBackendOptions } from '../options.ts';
import { VaultFile } from './vault-file.ts';

/** Opens the file; if several processes make it at the same time, one does and the others wait. */
export function openVaultFile(
  options: SqliteFileBackendOptions,
  signal: AbortSignal | undefined,
): Promise<VaultFile> {
  const path = resolve(options.path);
  const open = (): VaultFile => {
    const database = openDatabase({ ...options, path });
    try {
      return new VaultFile(database, path, options);
    } catch (error) {
      database.close();
      throw error;
    }
  };
  return whenFree(open, { timeout: options.busyTimeout ?? DEFAULT_BUSY_TIMEOUT, signal, what: 'The vault' });
}
