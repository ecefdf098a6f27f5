import type { FileBackend } from '../backend.ts';
import { backendError, type FileBackendError } from '../errors.ts';

/** Paths that the target cannot tell apart: writing both would lose one. */
export function foldedNames(paths: Iterable<string>, target: FileBackend): Map<string, FileBackendError> {
  const refused = new Map<string, FileBackendError>();
  if (target.capabilities.caseSensitive) return refused;
  const byFolded = Map.groupBy(paths, (path) => path.normalize('NFC').toLowerCase());
  for (const group of byFolded.values()) {
    if (group.length === 1) continue;
    for (const path of group) {
      const others = group.filter((other) => other !== path).map((other) => JSON.stringify(other));
      const message = `The target takes ${JSON.stringify(path)} and ${others.join(', ')} for the same name; rename one of them`;
      refused.set(path, backendError('ALREADY_EXISTS', message, { operation: 'mirror', path }));
    }
  }
  return refused;
}
