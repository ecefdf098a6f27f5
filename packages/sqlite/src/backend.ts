import { DriverBackend } from '@f9/core/driver';
import type { EmbedPendingOptions, Embeds } from '@f9/search';
import { type BackupOptions, backupTo } from './database/backup.ts';
import { SqliteDriver } from './driver.ts';
import { assertOptions, type SqliteFileBackendOptions } from './options.ts';
import { checkDatabase, type VaultCheck } from './vault/check.ts';

/** A whole vault in one SQLite file, which indexes what it stores. */
export class SqliteFileBackend extends DriverBackend implements Embeds {
  /** The id of the model for search by meaning; `undefined` where words alone are compared. */
  readonly embedderId: string | undefined;
  readonly #driver: SqliteDriver;

  /** @throws `INVALID_ARGUMENT` */
  constructor(options: SqliteFileBackendOptions) {
    assertOptions(options);
    const driver = new SqliteDriver(options);
    super(driver, options);
    this.#driver = driver;
    this.embedderId = options.embedder?.id;
  }

  /**
   * Embeds passages that have no vector yet; if it is ended early, the next call goes on with the rest. @returns passages embedded
   */
  embedPending(options: EmbedPendingOptions = {}): Promise<number> {
    const run = (): Promise<number> => this.#driver.embedPending(options);
    return this.operations.run('embedPending', undefined, options, run, ['onProgress']);
  }

  /** Passages that wait for a vector; 0 without a model. */
  pendingEmbeddings(): Promise<number> {
    return this.operations.run('pendingEmbeddings', undefined, {}, async () =>
      this.#driver.pendingEmbeddings(),
    );
  }

  /** Copies the vault as it is now into another file, while it is in use. @throws `ALREADY_EXISTS` */
  backup(path: string, options: BackupOptions = {}): Promise<void> {
    const run = (): Promise<void> => backupTo(this.#driver.vaultFile.database, path, options);
    return this.operations.run('backup', undefined, options, run, ['onProgress']);
  }

  /** Checks every page and every file. */
  check(options: { readonly signal?: AbortSignal | undefined } = {}): Promise<VaultCheck> {
    const run = async (): Promise<VaultCheck> => checkDatabase(this.#driver.vaultFile);
    return this.operations.run('check', undefined, options, run);
  }
}
