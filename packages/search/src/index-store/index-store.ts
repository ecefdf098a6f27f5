import type { SearchFilter } from '@f9/core';
import type { Query } from '../words/query.ts';

/** A file as it is put into an index. */
export interface IndexedDocument {
  readonly path: string;
  /** Of what is put in: the file's etag. */
  readonly version: string;
  /** Its text; `undefined` where it has none: then only its name is found. */
  readonly text: string | undefined;
  readonly attributes: DocumentAttributes;
}

/** What filters can ask for, beside what the path says. */
export interface DocumentAttributes {
  /** Bytes. */
  readonly size?: number | undefined;
  /** Milliseconds since the epoch. */
  readonly modifiedAt?: number | undefined;
  readonly mediaType?: string | undefined;
}

/** Where a search looks. */
export interface SearchScope {
  /** Only below this directory; `''` everywhere. */
  readonly path: string;
  readonly filters?: SearchFilter | undefined;
}

/** A passage that answers. */
export interface Hit {
  readonly path: string;
  /** Byte offsets into the file, the end exclusive. */
  readonly start: number;
  readonly end: number;
  readonly line: number;
  /** The headings it stands under, outermost first. */
  readonly headings: readonly string[];
  /** Of headings and text: tells whether the bytes are still what was indexed. */
  readonly hash: string;
}

/** A passage without a vector. */
export type PendingPassage = Hit;

/** Where words and vectors are kept. Calls that change it are all or nothing; several belong together in `transaction`. */
export interface IndexStore {
  /** Path and version of all that is indexed below a directory. */
  known(below?: string): Iterable<readonly [path: string, version: string]>;
  put(document: IndexedDocument): void;
  remove(path: string): void;
  transaction<T>(body: () => T): T;
  /** Passages that hold words of the query, best first. */
  match(query: Query, scope: SearchScope): readonly Hit[];
  /** Passages whose vectors are nearest, best first. */
  near(vector: Float32Array, scope: SearchScope): readonly Hit[];
  /** Passages that wait for a vector, each text once. */
  pending(limit: number, except: ReadonlySet<string>): readonly PendingPassage[];
  countPending(): number;
  keepVectors(vectors: ReadonlyMap<string, Float32Array>): void;
  /** Takes, or goes on with, the turn of who embeds, for so many milliseconds. @returns false while somebody else has it */
  takeTurn(holder: string, lease: number): boolean;
  endTurn(holder: string): void;
}
