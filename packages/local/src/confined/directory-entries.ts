import { isUtf8 } from 'node:buffer';
import type { Dirent } from 'node:fs';
import type { BackendPath } from '@f9/core/driver';
import type { Operation } from '../io/runner.ts';
import { readdir, readdirBytes } from '../io/system-calls.ts';
import type { ConfinedRoot } from './confined-root.ts';
import type { OpenDirectory } from './open-directory.ts';

/** Node's replacement for bytes of a name that are not UTF-8. */
const REPLACEMENT = '\uFFFD';

/** The entries of a directory that are part of the vault, in the order of the system. */
export function* entriesOf(
  root: ConfinedRoot,
  directory: OpenDirectory,
  path: BackendPath,
): Operation<Dirent[]> {
  const entries = yield* readdir(directory.path);
  const replaced = entries.some(({ name }) => name.includes(REPLACEMENT));
  const valid = replaced
    ? new Set((yield* readdirBytes(directory.path)).filter(isUtf8).map(String))
    : undefined;
  return entries.filter(
    ({ name }) =>
      !name.includes('\\') &&
      !root.isHidden(path, name) &&
      (valid === undefined || !name.includes(REPLACEMENT) || valid.has(name)),
  );
}
