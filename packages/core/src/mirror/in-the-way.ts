import { backendError, type FileBackendError } from '../errors.ts';
import type { FileInfo } from '../file-info.ts';
import { type BackendPath, parentPath, ROOT } from '../paths/path.ts';
import type { Listing } from './listing.ts';

// Entries of the target that stand where files of the source belong.

/** The error where a device or the like is in the way, which nothing may replace. */
export function occupiedByDevice(path: string): FileBackendError {
  return backendError(
    'ALREADY_EXISTS',
    `Where ${JSON.stringify(path)} belongs, the target has a device, FIFO or socket; move it away, then run the mirror again`,
    { operation: 'mirror', path },
  );
}

/** Whether nothing of the target stands where a path belongs, as a file may where a directory has to be. */
export function isFree(path: string, target: Listing): boolean {
  if (target.directories.has(path)) return false;
  for (let around = path; around !== ROOT; around = parentPath(around as BackendPath)) {
    if (target.files.has(around) || target.links.has(around)) return false;
  }
  return true;
}

/** The symlinks at or above files of the source, outermost first. */
export function replacedLinks(files: readonly FileInfo[], links: ReadonlySet<string>): ReadonlySet<string> {
  const replaced = new Set<string>();
  if (links.size === 0) return replaced;
  for (const { path } of files) {
    for (let around: string = path; around !== ROOT; around = parentPath(around as BackendPath)) {
      if (links.has(around)) replaced.add(around);
    }
  }
  return replaced;
}
