import type { ListDirectoryOptions } from '../backend.ts';
import type { BackendDriver } from '../driver/driver.ts';
import type { DriverOptions } from '../driver/options.ts';
import { backendError } from '../errors.ts';
import type { FileInfo } from '../file-info.ts';
import { type BackendPath, depthBelow, isNameable } from '../paths/path.ts';
import { statMany } from './bulk.ts';

/** Entries of a directory, as deep and with the fields that were asked for, also where the driver does less. */
export async function* listEntries(
  driver: BackendDriver,
  directory: BackendPath,
  options: Pick<ListDirectoryOptions, 'recursive' | 'maxDepth' | 'etags' | 'onSkipped'> & DriverOptions,
): AsyncGenerator<readonly FileInfo[], void, void> {
  const { recursive = false, maxDepth, etags = false, onSkipped, signal, session } = options;
  const call = { signal, session };
  const how = { ...call, recursive: recursive && maxDepth !== 1, maxDepth, etags, onSkipped };
  for await (const batch of nameable(driver.list(directory, how), onSkipped)) {
    const entries =
      maxDepth === undefined
        ? batch
        : batch.filter((entry) => depthBelow(directory, entry.path as BackendPath) <= maxDepth);
    yield etags ? await withEtags(driver, entries, call) : entries;
  }
}

/**
 * The batches without entries that nobody can name: where other directories stand around them they may be too long, and in a store that
 * others write they may be no paths. `onSkipped` is told of each.
 */
export async function* nameable(
  batches: AsyncIterable<readonly FileInfo[]>,
  onSkipped?: ListDirectoryOptions['onSkipped'],
): AsyncGenerator<readonly FileInfo[], void, void> {
  for await (const batch of batches) {
    yield batch.filter(({ path }) => {
      if (isNameable(path)) return true;
      onSkipped?.({ path, reason: 'unnameable' });
      return false;
    });
  }
}

/** The entries, each file with its etag and all that is found out along with it; files that went away meanwhile are left out. */
async function withEtags(
  driver: BackendDriver,
  entries: readonly FileInfo[],
  call: DriverOptions,
): Promise<readonly FileInfo[]> {
  const lacking = entries.filter((entry) => entry.fileType === 'file' && entry.etag === undefined);
  if (lacking.length === 0) return entries;
  const asked = await statMany(
    driver,
    lacking.map((entry) => entry.path as BackendPath),
    call,
  );
  const etags = new Map(lacking.map((entry, at) => [entry, asked[at]]));
  return entries.flatMap((entry) => {
    if (!etags.has(entry)) return [entry];
    const info = etags.get(entry);
    if (info === undefined) return [];
    if (info.etag !== undefined) return [info];
    throw backendError('UNSUPPORTED', `The ${driver.name} backend knows no etags; list without etags`);
  });
}
