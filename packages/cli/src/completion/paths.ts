import { isFileBackendError } from '@f9/core';
import { parseLocation } from '../vaults/location.ts';
import type { Vaults } from '../vaults/vaults.ts';

/** Milliseconds for which a person waits for candidates. */
const PATIENCE = 2000;
/** Most paths that are shown. */
const MOST = 200;

/** Whether a word names something in a vault, so that files of the working directory must not complete it. */
export function isInVault(word: string): boolean {
  try {
    return parseLocation(word).kind !== 'path';
  } catch {
    return false;
  }
}

/** Candidates for a word that begins with the name of a vault: paths in it, directories with a `/` at the end. */
export async function pathsInVault(word: string, vaults: Vaults): Promise<string[]> {
  const slash = word.lastIndexOf('/');
  const colon = word.indexOf(':');
  const directory = word.slice(0, Math.max(slash, colon) + 1);
  if (parseLocation(word).kind !== 'vault') return [];
  const signal = AbortSignal.timeout(PATIENCE);
  const found: string[] = [];
  try {
    const { backend, path } = await vaults.open(directory);
    for await (const { path: entry, isDir } of backend.list(path, { signal })) {
      const name = entry.slice(entry.lastIndexOf('/') + 1);
      const candidate = `${directory}${name}${isDir ? '/' : ''}`;
      if (candidate.startsWith(word)) found.push(candidate);
      if (found.length >= MOST) break;
    }
  } catch (error) {
    // An error would only disturb a person who types.
    if (!isFileBackendError(error) && !signal.aborted) throw error;
  }
  return found;
}
