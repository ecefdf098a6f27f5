import { type BackendPath, isSpellingOf, normalizePath } from '@f9/core/driver';

/**
 * Whether a path is part of the vault: the one rule for what may be written, what is published, and what of a commit comes in. Other
 * paths (`.f9` at the root, names with a backslash, names that some filesystem takes for `.git`, names that are no UTF-8) stay in the
 * history as they are, never written to the disk nor taken for deleted.
 */
export function isVaultPath(path: string): path is BackendPath {
  if (!path.split('/').every(isVaultName)) return false;
  try {
    return normalizePath(path) === path;
  } catch {
    return false;
  }
}

/** Whether a name may be part of a vault's path. */
export function isVaultName(name: string): boolean {
  // Bytes that are no UTF-8 were decoded to U+FFFD.
  return !isGitName(name) && !name.includes('\ufffd');
}

/**
 * Whether some filesystem takes `name` for `.git`. Writing there is running code, since hooks, filters and commands are configured in
 * it; and a `.git` further down hides everything beside it from the repository.
 */
export function isGitName(name: string): boolean {
  return isSpellingOf(name, '.git');
}
