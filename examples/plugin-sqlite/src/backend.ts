import { DriverBackend } from '@f9/core/driver';
import type { DatabaseOptions } from './database.ts';
import { SqliteDriver } from './driver.ts';

/** A vault in one SQLite file. */
export class SqliteFileBackend extends DriverBackend {
  constructor(options: DatabaseOptions) {
    super(new SqliteDriver(options));
  }
}
