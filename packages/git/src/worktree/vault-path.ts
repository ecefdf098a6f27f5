import { type BackendPath, normalizePath } from '@f9/core/driver';
import { isGitName } from './reserved-names.ts';

/**
 * Whether a path is part of the vault: the one rule for what may be written, what is published, and what of a commit comes in. What is
 * not (`.f9` at the root, names with a backslash, names that some filesystem takes for `.git`, what is no UTF-8) stays in the history as
 * it is, and is never written to the disk nor taken for deleted.
 */
export function isVaultPath(path: string): path is BackendPath {
  if (!path.split('/').every(isVaultName)) return false;
  try {
    return normalizePath(path) === path;
  } catch {
    return false;
  }
}

/** Whether one name of a path may be. */
export function isVaultName(name: string): boolean {
  // What is no UTF-8 was decoded to U+FFFD.
  return !isGitName(name) && !name.includes('\ufffd');
}
