import type { Stats } from 'node:fs';
import type { FileType } from '@f9/core';

/** What the system says that something is. */
export function fileTypeOf(entry: Pick<Stats, 'isFile' | 'isDirectory' | 'isSymbolicLink'>): FileType {
  if (entry.isFile()) return 'file';
  if (entry.isDirectory()) return 'directory';
  return entry.isSymbolicLink() ? 'symlink' : 'other';
}
