import { type BackendPath, depthBelow, ROOT } from './path.ts';

/** Directories of one depth together, the deepest first: none is in another of its level. */
export function deepestFirst(directories: readonly BackendPath[]): BackendPath[][] {
  const byDepth = Map.groupBy(directories, (path) => depthBelow(ROOT, path));
  return [...byDepth].sort(([a], [b]) => b - a).map(([, level]) => level);
}
