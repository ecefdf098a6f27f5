import { isFileBackendError, type SearchFilter } from '@f9/core';
import { type BackendPath, concatBytes } from '@f9/core/driver';
import type { FileReader } from '../bytes/file-reader.ts';
import { FRONTMATTER_BYTES, tagsOf } from '../bytes/note-tags.ts';
import { TextReader } from '../bytes/text-reader.ts';
import type { FileEntry } from '../entries/entry.ts';
import type { Call } from '../service/call.ts';

/** Tags that attributes have no room for, by file. */
export type UntoldTags = ReadonlyMap<FileEntry, readonly string[]>;

/** Reads the tags that a filter asks for and the attributes of files do not tell. */
export async function readUntoldTags(
  filter: SearchFilter,
  files: readonly FileEntry[],
  reader: FileReader,
  call: Call,
): Promise<UntoldTags> {
  const tags = new Map<FileEntry, readonly string[]>();
  if (!asksForTags(filter)) return tags;
  for (const file of files) {
    if (file.tags === undefined) tags.set(file, await tagsAtStart(file.path, reader, call));
  }
  return tags;
}

function asksForTags(filter: SearchFilter): boolean {
  return 'filters' in filter ? filter.filters.some(asksForTags) : filter.key === 'tag';
}

async function tagsAtStart(path: BackendPath, reader: FileReader, call: Call): Promise<readonly string[]> {
  const pieces: Uint8Array[] = [];
  try {
    const range = { offset: 0, length: FRONTMATTER_BYTES };
    for await (const piece of reader.read(path, range, { ...call, path })) pieces.push(piece);
  } catch (error) {
    // One file that is gone or damaged hides no other. A service that does not answer is an error.
    if (isFileBackendError(error) && !error.retryable) return [];
    throw error;
  }
  const bytes = concatBytes(pieces);
  return await tagsOf(new TextReader(bytes).read(bytes) ?? '');
}
