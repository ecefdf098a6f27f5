import type { IndexedDocument } from './index-store.ts';

/** The attributes of a file that filters see, as they are stored. */
export function documentRecord(
  document: IndexedDocument,
  tags: readonly string[],
): Readonly<Record<string, unknown>> {
  const { path, attributes } = document;
  const slash = path.lastIndexOf('/');
  const name = path.slice(slash + 1);
  const dot = name.lastIndexOf('.');
  return {
    path,
    name,
    directory: slash === -1 ? '' : path.slice(0, slash),
    extension: dot > 0 ? name.slice(dot + 1).toLowerCase() : '',
    ...attributes,
    tags,
  };
}
