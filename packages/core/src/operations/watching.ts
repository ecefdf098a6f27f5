import type { VaultChange } from '../changes.ts';
import type { BackendDriver } from '../driver/driver.ts';
import type { DriverOptions } from '../driver/options.ts';
import { type ErrorCode, isFileBackendError } from '../errors.ts';
import type { FileInfo } from '../file-info.ts';
import { type BackendPath, compareTreeOrder } from '../paths/path.ts';
import { pause } from '../tasks/pause.ts';
import { listEntries } from './listing.ts';

/** Errors which mean that no directory is there to list. */
const NO_DIRECTORY: readonly ErrorCode[] = ['NOT_FOUND', 'NOT_DIRECTORY'];

/** Changes at and below a path, found by listing it again and again. */
export async function* pollChanges(
  driver: BackendDriver,
  path: BackendPath,
  options: DriverOptions & { readonly interval: number; readonly onReady: () => void },
): AsyncGenerator<readonly VaultChange[], void, void> {
  const { interval, onReady, signal, session } = options;
  const call = { signal, session };
  let before = await look(driver, path, call);
  onReady();
  while (true) {
    await pause(interval, signal);
    const now = await look(driver, path, call).catch((error: unknown) => {
      // A look that failed for now is made again at the next turn.
      if (isFileBackendError(error) && error.retryable) return before;
      throw error;
    });
    yield differences(before, now);
    before = now;
  }
}

/** The version of each entry, to compare with the next look. */
async function look(
  driver: BackendDriver,
  path: BackendPath,
  call: DriverOptions,
): Promise<ReadonlyMap<string, FileInfo>> {
  const seen = new Map<string, FileInfo>();
  const etags = driver.capabilities.ifMatch !== false;
  try {
    for await (const batch of listEntries(driver, path, { ...call, recursive: true, etags })) {
      for (const entry of batch) seen.set(entry.path, entry);
    }
  } catch (error) {
    if (!isFileBackendError(error) || !NO_DIRECTORY.includes(error.code)) throw error;
    const file = await driver.stat(path, call);
    if (file !== undefined && !file.isDir) seen.set(path, file);
  }
  return seen;
}

function differences(
  before: ReadonlyMap<string, FileInfo>,
  now: ReadonlyMap<string, FileInfo>,
): readonly VaultChange[] {
  const changes: VaultChange[] = [];
  for (const path of before.keys()) if (!now.has(path)) changes.push({ path, kind: 'removed' });
  for (const [path, info] of now) {
    const known = before.get(path);
    if (known === undefined || versionOf(known) !== versionOf(info)) {
      changes.push({ path, kind: 'written', etag: info.etag });
    }
  }
  return changes.sort((a, b) => compareTreeOrder(a.path, b.path));
}

/** The version of an entry. Directories and symlinks change only by coming, going, and becoming something else. */
function versionOf({ fileType, etag, size, modifiedAt }: FileInfo): string {
  return fileType === 'file' ? `file ${etag ?? `${size} ${modifiedAt?.getTime()}`}` : fileType;
}
