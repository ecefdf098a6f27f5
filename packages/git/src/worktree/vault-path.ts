import { type BackendPath, normalizePath } from '@f9/core/driver';
import { isGitName } from './reserved-names.ts';

/**
 * Whether a path of a commit is part of the vault. What is not (`.f9` at the root, names with a backslash, names that some filesystem
 * takes for `.git`) stays in the history as it is, and is never written to the disk nor taken for deleted.
 */
export function isVaultPath(path: string): path is BackendPath {
  // What is no UTF-8 was decoded to this.
  if (path.includes('\ufffd') || path.split('/').some(isGitName)) return false;
  try {
    return normalizePath(path) === path;
  } catch {
    return false;
  }
}
