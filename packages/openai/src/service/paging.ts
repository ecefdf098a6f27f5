import type { OpenAIBackendError } from '../errors.ts';

export interface ListPage<T> {
  readonly data: readonly T[];
  readonly has_more: boolean;
}

/** Pages in a row without anything new before a list counts as stuck. */
const MAX_STUCK = 3;

/**
 * Reads a list page by page, every item once. The SDK's own iteration ends at an empty page and turns in circles where the cursor is
 * ignored.
 *
 * @param fetch answers `refused` where the service does not know the cursor any more
 */
export async function* readPages<T extends { readonly id: string }>(
  fetch: (after: string | undefined) => Promise<ListPage<T> | 'refused'>,
  stuck: () => OpenAIBackendError,
): AsyncGenerator<readonly T[]> {
  const seen = new Set<string>();
  const cursors: string[] = [];
  for (let fruitless = 0; fruitless <= MAX_STUCK; ) {
    const page = await fetch(cursors.at(-1));
    if (page === 'refused') {
      // The cursor's item was removed meanwhile; the one before may still be there.
      cursors.pop();
      continue;
    }
    const fresh = page.data.filter(({ id }) => !seen.has(id));
    for (const { id } of fresh) {
      seen.add(id);
      cursors.push(id);
    }
    if (fresh.length > 0) yield fresh;
    if (!page.has_more) return;
    fruitless = fresh.length > 0 ? 0 : fruitless + 1;
  }
  throw stuck();
}
