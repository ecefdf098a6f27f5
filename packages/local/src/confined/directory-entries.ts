import { isUtf8 } from 'node:buffer';
import type { Dirent, Stats } from 'node:fs';
import type { FileType } from '@f9/core';
import type { BackendPath } from '@f9/core/driver';
import { fileTypeOf } from '../io/file-type.ts';
import type { Operation } from '../io/runner.ts';
import { closedir, opendir, pause, readdir, readdirBytes, readEntries } from '../io/system-calls.ts';
import type { ConfinedRoot } from './confined-root.ts';
import type { OpenDirectory } from './open-directory.ts';

/** Node's replacement for bytes of a name that are not UTF-8. */
const REPLACEMENT = '\uFFFD';
/** Entries between two looks at the clock. */
const SLICE = 1024;
/** Milliseconds of the coarsest step in which a filesystem counts time: FAT's. */
const COARSEST = 2000;

/** What is kept of an entry: of many thousands, each more is copied by every garbage collection while they are read. */
export interface DirectoryEntry {
  readonly name: string;
  readonly fileType: FileType;
}

/**
 * The entries of a directory that are part of the vault, in the order of the system.
 *
 * @param onSkipped told of each that no path can name, as it can be shown
 */
export function* entriesOf(
  root: ConfinedRoot,
  directory: OpenDirectory,
  path: BackendPath,
  onSkipped?: (shown: string) => void,
): Operation<DirectoryEntry[]> {
  const entries: DirectoryEntry[] = [];
  const replaced: DirectoryEntry[] = [];
  let looked = 0;
  for (const entry of yield* allEntries(directory)) {
    if (looked++ % SLICE === 0) yield* pause();
    const { name } = entry;
    if (root.isHidden(path, name)) continue;
    if (name.includes('\\')) onSkipped?.(name);
    else if (name.includes(REPLACEMENT)) replaced.push(entry);
    else entries.push(entry);
  }
  if (replaced.length === 0) return entries;
  const names = yield* readdirBytes(directory.path);
  if (onSkipped !== undefined) for (const name of names) if (!isUtf8(name)) onSkipped(showBytes(name));
  const valid = new Set(names.filter(isUtf8).map(String));
  return [...entries, ...replaced.filter(({ name }) => valid.has(name))];
}

/** Reads a large directory in slices: read whole it would keep the event loop waiting. */
function* allEntries(directory: OpenDirectory): Operation<DirectoryEntry[]> {
  const before = yield* directory.stats();
  if (before === undefined || !isLarge(before) || isYoung(before))
    return (yield* readdir(directory.path)).map(toEntry);
  const entries: DirectoryEntry[] = [];
  const opened = yield* opendir(directory.path, SLICE);
  try {
    for (let some = yield* readEntries(opened, SLICE); some.length > 0; ) {
      for (const entry of some) entries.push(toEntry(entry));
      some = yield* readEntries(opened, SLICE);
    }
  } finally {
    yield* closedir(opened);
  }
  // A file that is renamed between two slices can be missed, or seen twice.
  const after = yield* directory.statsNow();
  return after?.mtimeMs === before.mtimeMs ? entries : (yield* readdir(directory.path)).map(toEntry);
}

function toEntry(entry: Dirent): DirectoryEntry {
  return { name: entry.name, fileType: fileTypeOf(entry) };
}

/** Whether a directory holds some thousand names, by its size on the disk, where its filesystem tells. */
export function isLarge({ size }: Stats): boolean {
  return size >= 64 * 1024;
}

/** Whether it changed so lately that the clock of the filesystem may not tell one more change. */
function isYoung({ mtimeMs }: Stats): boolean {
  return mtimeMs > Date.now() - COARSEST;
}

/** A name as text, with `\xNN` for every byte that is no text. */
function showBytes(name: Buffer): string {
  let shown = '';
  for (let start = 0; start < name.length; ) {
    const length = [1, 2, 3, 4].find((length) => isUtf8(name.subarray(start, start + length)));
    shown +=
      length === undefined
        ? `\\x${name.toString('hex', start, start + 1)}`
        : name.toString('utf8', start, start + length);
    start += length ?? 1;
  }
  return shown;
}
