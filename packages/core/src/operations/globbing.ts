import type { BackendDriver } from '../driver/driver.ts';
import type { DriverGlobOptions } from '../driver/options.ts';
import { isFileBackendError } from '../errors.ts';
import type { FileInfo } from '../file-info.ts';
import type { GlobPattern, GlobState } from '../glob/pattern.ts';
import { type BackendPath, baseName, isNameable, joinPath } from '../paths/path.ts';
import { forEachInTurns } from '../tasks/for-each-in-turns.ts';
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
  const named: BackendPath[] = [];
  await forEachInTurns(await driver.glob!(pattern, options), (path) => {
    if (isNameable(path)) named.push(path);
  });
  return named;
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
      const info = pattern.matches(entry.path) ? await wanted(driver, entry, options) : undefined;
      if (info !== undefined) found.push(info);
    }
  }
  return found;
}

/**
 * The globs of a layer, over its own listings. A driver that has a walk of its own pays for a listing of one directory no more than its
 * part of one of all: around it, directories that the pattern leaves out or the layer hides are not listed.
 */
export function globsOfLayer(
  inner: BackendDriver,
  layer: () => BackendDriver,
): { readonly glob: undefined; readonly globInfo: BackendDriver['globInfo'] } {
  const walksByItself = inner.glob !== undefined || inner.globInfo !== undefined;
  return {
    glob: undefined,
    globInfo: walksByItself ? (pattern, options) => globByDirectory(layer(), pattern, options) : undefined,
  };
}

/** `globInfos` by one listing a directory, and none of those in which nothing can match. */
async function globByDirectory(
  driver: BackendDriver,
  pattern: GlobPattern,
  options: DriverGlobOptions,
): Promise<FileInfo[]> {
  const found: FileInfo[] = [];
  const rest = passOn(options);
  const start = pattern.stateIn(pattern.base);
  if (start === undefined || (await statIfOurs(driver, pattern.base, rest))?.isDir !== true) return found;
  const pending: { readonly path: BackendPath; readonly state: GlobState }[] = [
    { path: pattern.base, state: start },
  ];
  for (let here = pending.pop(); here !== undefined; here = pending.pop()) {
    const { path, state } = here;
    try {
      for await (const batch of nameable(driver.list(path, { ...rest, recursive: false }))) {
        for (const entry of batch) {
          const name = baseName(entry.path as BackendPath);
          const info = state.accepts(name) ? await wanted(driver, entry, options) : undefined;
          if (info !== undefined) found.push(info);
          const inside = entry.isDir ? state.enter(name) : undefined;
          if (inside !== undefined) pending.push({ path: joinPath(path, name), state: inside });
        }
      }
    } catch (error) {
      // The directory was removed since its parent was listed.
      if (!isFileBackendError(error, 'NOT_FOUND') && !isFileBackendError(error, 'NOT_DIRECTORY')) throw error;
    }
  }
  return found;
}

/** An entry that matches, if it is of a kind that is asked for; a symlink as what it leads to. */
async function wanted(
  driver: BackendDriver,
  entry: FileInfo,
  options: DriverGlobOptions,
): Promise<FileInfo | undefined> {
  const isLink = entry.fileType === 'symlink';
  const info = isLink ? await statIfOurs(driver, entry.path as BackendPath, passOn(options)) : entry;
  return info !== undefined && (info.isDir ? options.directories : options.files) ? info : undefined;
}
