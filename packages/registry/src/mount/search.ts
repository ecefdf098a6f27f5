import type { SearchOptions, SearchResult } from '@f9/core';
import { type BackendPath, backendError, type DriverOptions, ROOT } from '@f9/core/driver';
import { runIn } from './parts.ts';
import { inTree, type MountTable } from './table.ts';

/** The default number of results, by contract. */
const DEFAULT_LIMIT = 10;

/** Searches every vault that can be searched, and ranks the results together. @throws `UNSUPPORTED` where none can */
export async function searchTree(
  table: MountTable,
  query: string,
  { path, limit = DEFAULT_LIMIT, ...options }: SearchOptions & DriverOptions,
): Promise<SearchResult[]> {
  const below = (path ?? ROOT) as BackendPath;
  const parts = table.partsAt(below).filter(({ mount }) => mount.vault.capabilities.search);
  if (parts.length === 0) {
    throw backendError(
      'UNSUPPORTED',
      `No vault that is mounted at or below ${JSON.stringify(below)} can be searched`,
    );
  }
  const { session: _, ...how } = options;
  const found = await Promise.all(
    parts.map(async (part) => {
      const results = await runIn(part, options, (vault, base) =>
        vault.search(query, { ...how, limit, path: base }),
      );
      return results
        .map((result) => ({ ...result, path: inTree(part.mount, result.path) }))
        .filter((result) => table.isVisible(result.path, part.mount));
    }),
  );
  return found
    .flat()
    .sort((a, b) => b.score - a.score)
    .slice(0, limit);
}
