import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Operation } from '../io/runner.ts';
import { unlinkIfThere } from '../io/small-files.ts';
import { close, lstat, mkdirs, open, readdir, rename } from '../io/system-calls.ts';
import { ownName } from '../state/process-identity.ts';
import { type Known, readList, toBytes } from './checksum-list.ts';
import { PRIVATE_FILE, writeSource } from './staging.ts';

// A folder that f9 only reads gets no state directory. What was read of a large one is remembered in the cache of the user instead.

/** Files, or bytes of them, from which on it is worth it: fewer are read in less time than people notice. */
const MANY_FILES = 256;
const MANY_BYTES = 16 * 1024 * 1024;

/** Milliseconds after which a list that nobody changed is removed: its folder may be gone. */
const FORGOTTEN = 90 * 24 * 60 * 60 * 1000;

const { O_WRONLY, O_CREAT, O_EXCL } = constants;

export function isWorthCaching(files: number, bytes: number): boolean {
  return files >= MANY_FILES || bytes >= MANY_BYTES;
}

/** The sums of the folder at `root`, a path on the host without symlinks. */
export function* readCached(root: string): Operation<Map<string, Known>> {
  return yield* readList(join(cacheFolder(), nameOf(root)));
}

export function* writeCached(root: string, known: ReadonlyMap<string, Known>): Operation<void> {
  const folder = cacheFolder();
  yield* mkdirs(folder);
  const staged = join(folder, ownName());
  const fd = yield* open(staged, O_WRONLY | O_CREAT | O_EXCL, PRIVATE_FILE);
  try {
    try {
      yield* writeSource(fd, yield* toBytes(known));
    } finally {
      yield* close(fd);
    }
    yield* rename(staged, join(folder, nameOf(root)));
  } catch (error) {
    yield* unlinkIfThere(staged);
    throw error;
  }
  yield* removeForgotten(folder);
}

/** Removes lists that were not changed for long, and what killed writers left. */
function* removeForgotten(folder: string): Operation<void> {
  for (const { name } of yield* readdir(folder)) {
    const path = join(folder, name);
    const stats = yield* lstat(path);
    if (stats !== undefined && stats.mtimeMs < Date.now() - FORGOTTEN) yield* unlinkIfThere(path);
  }
}

function nameOf(root: string): string {
  return createHash('sha256').update(root).digest('hex').slice(0, 32);
}

/** The folder of the user's cache, where the command keeps its indexes too. */
function cacheFolder(): string {
  return join(process.env.F9_CACHE || platformCache(), 'checksums');
}

function platformCache(): string {
  const { LOCALAPPDATA, XDG_CACHE_HOME } = process.env;
  if (process.platform === 'win32')
    return join(LOCALAPPDATA || join(homedir(), 'AppData', 'Local'), 'f9', 'Cache');
  if (process.platform === 'darwin') return join(homedir(), 'Library', 'Caches', 'f9');
  return join(XDG_CACHE_HOME || join(homedir(), '.cache'), 'f9');
}
