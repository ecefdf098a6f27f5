import { hasErrno } from '../errors.ts';
import type { Operation } from '../io/runner.ts';
import { unlinkIfThere } from '../io/small-files.ts';
import { lstat, readdir, rmdir } from '../io/system-calls.ts';
import { fateOf, isSameOwner, type Owner, ownerOf } from './process-identity.ts';

// Names in a state directory tell their owner: those of tokens, of notes, and of the directories in which files are staged.

/** Prefix of the name of a directory in which one thread stages files. */
export const STAGING = 'staging.';
/** Suffix of the name of a note, which tells of a file that is staged elsewhere. */
export const NOTE = '.beside';
/** Milliseconds after which files of an unknown machine count as abandoned. */
const ABANDONED = 24 * 60 * 60 * 1000;

/** Whether `name`, at `path` in a state directory, was left by an owner that is gone. */
export function* isLeftOver(name: string, path: string): Operation<boolean> {
  const owner = ownerOf(name.endsWith(NOTE) ? name.slice(0, -NOTE.length) : ownNameOf(name));
  if (owner === undefined) return false;
  const fate = fateOf(owner);
  if (fate !== 'unknown') return fate === 'gone';
  const stats = yield* lstat(path);
  return stats !== undefined && stats.mtimeMs < Date.now() - ABANDONED;
}

/** Removes all files that `owner` staged in the state directory at `path`, so that it cannot publish them any more. */
export function* removeStagedFilesOf(path: string, owner: Owner): Operation<void> {
  for (const { name } of yield* readdir(path)) {
    const stager = name.startsWith(STAGING) ? ownerOf(ownNameOf(name)) : undefined;
    if (stager !== undefined && isSameOwner(stager, owner)) yield* removeStagingDirectory(`${path}/${name}`);
  }
}

/** Removes a staging directory with all its files, even if some are added meanwhile. */
export function* removeStagingDirectory(path: string): Operation<void> {
  while (true) {
    try {
      for (const { name } of yield* readdir(path)) yield* unlinkIfThere(`${path}/${name}`);
      return yield* rmdir(path);
    } catch (error) {
      if (hasErrno(error, 'ENOENT')) return;
      if (!hasErrno(error, 'ENOTEMPTY', 'EEXIST')) throw error;
    }
  }
}

function ownNameOf(name: string): string {
  return name.startsWith(STAGING) ? name.slice(STAGING.length) : name;
}
