import { type BackendPath, isSpellingOf, normalizePath } from '@f9/core/driver';

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
  // Bytes that are no UTF-8 were decoded to U+FFFD.
  return !isGitName(name) && !name.includes('\ufffd');
}

/**
 * Whether some filesystem takes `name` for `.git`. Writing there is running code: hooks, filters and commands are configured in it;
 * and a `.git` further down hides everything beside it from the repository.
 */
export function isGitName(name: string): boolean {
  return isSpellingOf(name, '.git');
}
