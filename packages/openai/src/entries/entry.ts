import type { BackendPath } from '@f9/core/driver';

// Entries are Files that f9 keeps in a vector store, with attributes that tell their part.

/** How bytes are compressed. */
export type Codec = 'raw' | 'br';

interface Attached {
  /** The id of the File, and of its place in the store. */
  readonly fileId: string;
  /** The id of the write that made it. */
  readonly writeId: string;
}

/** One version of a file. It is complete, since its head is attached last of all parts. */
export interface FileEntry extends Attached {
  readonly kind: 'file';
  readonly path: BackendPath;
  /** The version of a path with the highest generation is current; equal generations go by write id. */
  readonly generation: number;
  readonly size: number;
  readonly sha256: string;
  readonly createdAt: number;
  readonly modifiedAt: number;
  /** Whether the File holds text for search: the beginning of the file's own, or the document. */
  readonly hasText: boolean;
  /** The reason why search misses something of a text; `undefined` where it misses nothing, or there is no text. */
  readonly gap: Gap | undefined;
  /** The tags in the frontmatter of a note; `undefined` where they are more than attributes hold, or stand further behind. */
  readonly tags: readonly string[] | undefined;
  readonly bytes: BytesForm;
}

/** A piece of the file is no text, or the service refused to process its text. */
export type Gap = 'binary' | 'refused';

/** The place of a file's bytes. */
export type BytesForm =
  /** In the attributes, as base64. */
  | { readonly form: 'inline'; readonly codec: Codec; readonly data: string }
  /** In parts of this many bytes each. */
  | { readonly form: 'carrier'; readonly partSize: number }
  /** In the content store, followed by a list of checksums where this is the checksum of the list. */
  | { readonly form: 'external'; readonly listSha256: string | undefined };

/** A directory that exists even while nothing is in it. */
export interface DirectoryEntry extends Attached {
  readonly kind: 'directory';
  readonly path: BackendPath;
  readonly generation: number;
  readonly createdAt: number;
}

/** Part of the bytes of a file, as text that search must not find. */
export interface PartEntry extends Attached {
  readonly kind: 'part';
  readonly number: number;
  readonly codec: Codec;
  /** Bytes of the file in it. */
  readonly size: number;
  /** Bytes it carries, fewer where they are compressed. */
  readonly carried: number;
  readonly sha256: string;
}

/** A further part of the text of a file, for search. */
export interface PassageEntry extends Attached {
  readonly kind: 'passage';
  readonly number: number;
  /** The directory of the file. */
  readonly directory: string;
}

/** A file that bears our mark, but other attributes than f9 wrote. */
export interface DamagedEntry {
  readonly kind: 'damaged';
  readonly fileId: string;
  /** Its path; `undefined` where that is damaged or not valid. */
  readonly path: BackendPath | undefined;
  /** The path as the attributes have it. */
  readonly shown: string;
}

export type Entry = FileEntry | DirectoryEntry | PartEntry | PassageEntry;

/** The entries of a write beside its head. */
export type PieceEntry = PartEntry | PassageEntry;

/** The order in which two versions were written. */
export function compareVersions(a: FileEntry | DirectoryEntry, b: FileEntry | DirectoryEntry): number {
  return a.generation - b.generation || (a.writeId < b.writeId ? -1 : a.writeId > b.writeId ? 1 : 0);
}

/** Whether search finds all that is in the file. */
export function isSearchable({ size, hasText, gap }: FileEntry): boolean {
  return size === 0 || (hasText && gap === undefined);
}

export function etagOf({ generation, writeId }: FileEntry): string {
  return `${generation.toString(36)}-${writeId}`;
}
