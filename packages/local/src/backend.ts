import { DriverBackend } from '@f9/core/driver';
import { LocalDriver } from './driver.ts';
import type { LocalFileBackendOptions } from './options.ts';

/** A folder. */
export class LocalFileBackend extends DriverBackend {
  /** Does no I/O: the first operation opens the folder. @throws `INVALID_ARGUMENT` */
  constructor(options: LocalFileBackendOptions) {
    super(new LocalDriver(options), options);
  }

  /** Opens the folder at once. @throws `NOT_FOUND`, `NOT_DIRECTORY`, `PERMISSION_DENIED`, … */
  static async open(options: LocalFileBackendOptions): Promise<LocalFileBackend> {
    return await new LocalFileBackend(options).open();
  }
}
