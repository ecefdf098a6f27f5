import { isUtf8 } from 'node:buffer';
import type { Dirent } from 'node:fs';
import type { BackendPath } from '@f9/core/driver';
import type { Operation } from '../io/runner.ts';
import { readdir, readdirBytes } from '../io/system-calls.ts';
import type { ConfinedRoot } from './confined-root.ts';
import type { OpenDirectory } from './open-directory.ts';

/** Node's replacement for bytes of a name that are not UTF-8. */
const REPLACEMENT = '\uFFFD';

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
): Operation<Dirent[]> {
  const entries = yield* readdir(directory.path);
  const replaced = entries.some(({ name }) => name.includes(REPLACEMENT));
  const names = replaced ? yield* readdirBytes(directory.path) : [];
  const valid = new Set(names.filter(isUtf8).map(String));
  if (onSkipped !== undefined) for (const name of names) if (!isUtf8(name)) onSkipped(showBytes(name));
  return entries.filter(({ name }) => {
    if (root.isHidden(path, name) || (name.includes(REPLACEMENT) && !valid.has(name))) return false;
    if (!name.includes('\\')) return true;
    onSkipped?.(name);
    return false;
  });
}

/** A name as text, with `\xNN` for every byte that is none. */
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
