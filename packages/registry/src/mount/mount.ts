import type { FileBackend } from '@f9/core';
import { DriverBackend } from '@f9/core/driver';
import { MountedDriver } from './driver.ts';
import { MountTable } from './table.ts';

/**
 * Several vaults as one tree: `mount({ '/': home, '/work': team })`. A mounted vault hides the files that another vault has at or
 * below its mount point. Disposing the tree disposes no vault.
 *
 * @throws `INVALID_ARGUMENT`, `INVALID_PATH`, `PATH_OUTSIDE_ROOT`
 */
export function mount(vaults: Readonly<Record<string, FileBackend>>): FileBackend {
  return new DriverBackend(new MountedDriver(new MountTable(vaults)));
}
