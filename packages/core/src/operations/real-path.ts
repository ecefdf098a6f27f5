import type { BackendDriver } from '../driver/driver.ts';
import type { DriverOptions } from '../driver/options.ts';
import { backendError } from '../errors.ts';
import { type BackendPath, joinPath, parentPath, ROOT } from '../paths/path.ts';
import { passOn } from './guards.ts';

/**
 * The path that `path` leads to once symlinks are followed.
 *
 * @throws `PATH_OUTSIDE_ROOT`, also for a symlink of a driver that cannot tell where it leads
 */
export async function realPathOf(
  driver: BackendDriver,
  path: BackendPath,
  options: DriverOptions,
): Promise<BackendPath> {
  const call = passOn(options);
  if (!driver.capabilities.symlinks) return path;
  if (driver.realPath !== undefined) return await driver.realPath(path, call);
  let above = ROOT;
  for (const name of path.split('/')) {
    const at = joinPath(above, name);
    if (await isSymlink(driver, at, call)) {
      throw backendError('PATH_OUTSIDE_ROOT', `${JSON.stringify(at)} is a symlink, which may lead anywhere`, {
        path,
      });
    }
    if ((await driver.stat(at, call))?.isDir !== true) break;
    above = at;
  }
  return path;
}

/** Whether a path is a symlink, by listing its directory, since `stat` follows it. */
async function isSymlink(driver: BackendDriver, path: BackendPath, call: DriverOptions): Promise<boolean> {
  for await (const batch of driver.list(parentPath(path), { ...call, recursive: false })) {
    const entry = batch.find((candidate) => candidate.path === path);
    if (entry !== undefined) return entry.fileType === 'symlink';
  }
  return false;
}
