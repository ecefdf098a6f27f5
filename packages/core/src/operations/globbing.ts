import type { BackendDriver } from '../driver/driver.ts';
import type { DriverGlobOptions } from '../driver/options.ts';
import type { FileInfo } from '../file-info.ts';
import type { GlobPattern } from '../glob/pattern.ts';
import { type BackendPath, isNameable } from '../paths/path.ts';
import { statIfOurs, statMany } from './bulk.ts';
import { passOn } from './guards.ts';
import { nameable } from './listing.ts';

/** Paths that match, in no order; a symlink counts as what it points to and is not descended into. */
export async function globPaths(
  driver: BackendDriver,
  pattern: GlobPattern,
  options: DriverGlobOptions,
): Promise<BackendPath[]> {
  if (driver.glob !== undefined) return await globNames(driver, pattern, options);
  return (await globInfos(driver, pattern, options)).map(({ path }) => path as BackendPath);
}

/** Matches that a driver finds by itself, without those that nobody can name; see `nameable`. */
async function globNames(
  driver: BackendDriver,
  pattern: GlobPattern,
  options: DriverGlobOptions,
): Promise<BackendPath[]> {
  return (await driver.glob!(pattern, options)).filter(isNameable);
}

/** Matches with their information, in no order. */
export async function globInfos(
  driver: BackendDriver,
  pattern: GlobPattern,
  options: DriverGlobOptions,
): Promise<FileInfo[]> {
  if (driver.globInfo !== undefined) return await driver.globInfo(pattern, options);
  const rest = passOn(options);
  if (driver.glob !== undefined) {
    const infos = await statMany(driver, await globNames(driver, pattern, options), rest);
    // A match that went away since the walk is none.
    return infos.filter((info) => info !== undefined);
  }
  if ((await statIfOurs(driver, pattern.base, rest))?.isDir !== true) return [];
  const found: FileInfo[] = [];
  const maxDepth = Number.isFinite(pattern.depth) ? pattern.depth : undefined;
  const listed = driver.list(pattern.base, { ...rest, recursive: pattern.depth > 1, maxDepth });
  for await (const batch of nameable(listed)) {
    for (const entry of batch) {
      if (!pattern.matches(entry.path)) continue;
      const info =
        entry.fileType === 'symlink' ? await statIfOurs(driver, entry.path as BackendPath, rest) : entry;
      if (info !== undefined && (info.isDir ? options.directories : options.files)) found.push(info);
    }
  }
  return found;
}
