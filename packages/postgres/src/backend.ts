import type { OperationOptions } from '@f9/core';
import { DriverBackend } from '@f9/core/driver';
import type { EmbedPendingOptions, Embeds } from '@f9/search';
import { PostgresDriver } from './driver.ts';
import type { PostgresFileBackendOptions } from './options.ts';
import type { VaultCheck } from './upkeep/check.ts';

/** A vault in PostgreSQL, shared by any number of hosts, which indexes what it stores. */
export class PostgresFileBackend extends DriverBackend implements Embeds {
  /** The id of the model for search by meaning; `undefined` where words alone are compared. */
  readonly embedderId: string | undefined;
  declare readonly driver: PostgresDriver;

  /** @throws `INVALID_ARGUMENT` */
  constructor(options: PostgresFileBackendOptions) {
    super(new PostgresDriver(options), options);
    this.embedderId = options.embedder?.id;
  }

  /**
   * Embeds passages that have no vector yet; if it is ended early, the next call goes on with the rest. @returns passages embedded
   */
  embedPending(options: EmbedPendingOptions = {}): Promise<number> {
    const run = (): Promise<number> => this.driver.index.embedPending(options);
    return this.operations.run('embedPending', undefined, options, run, ['onProgress']);
  }

  /** Passages that wait for a vector; 0 without a model. */
  pendingEmbeddings(): Promise<number> {
    return this.operations.run('pendingEmbeddings', undefined, {}, () =>
      this.driver.index.pendingEmbeddings(),
    );
  }

  /** Checks every entry, and the server. Bytes of files are counted, not read. */
  async check(options: OperationOptions = {}): Promise<VaultCheck> {
    return await this.operations.run('check', undefined, options, (_, call) => this.driver.check(call));
  }
}
