import { DriverBackend } from '@f9/core/driver';
import { PostgresDriver } from './driver.ts';
import type { PostgresFileBackendOptions } from './options.ts';

/** A vault in PostgreSQL, shared by any number of hosts. */
export class PostgresFileBackend extends DriverBackend {
  /** @throws `INVALID_ARGUMENT` */
  constructor(options: PostgresFileBackendOptions) {
    super(new PostgresDriver(options), options);
  }
}
