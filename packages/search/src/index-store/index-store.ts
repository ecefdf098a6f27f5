import type { SearchFilter } from '@f9/core';
import type { Query } from '../words/query.ts';

/** A file as it is put into an index. */
export interface IndexedDocument {
  /** The file. */
  readonly path: string;
  /** Of what is put in: the file's etag. */
  readonly version: string;
  /** Its text; `undefined` where it has none: then only its name is found. */
  readonly text: string | undefined;
  /** What filters look at. */
  readonly attributes: DocumentAttributes;
}

/** What filters can ask for, beside what the path says. */
export interface DocumentAttributes {
  /** Bytes. */
  readonly size?: number | undefined;
  /** Milliseconds since the epoch. */
  readonly modifiedAt?: number | undefined;
  /** What kind of content it is. */
  readonly mediaType?: string | undefined;
}

/** Where a search looks. */
export interface SearchScope {
  /** Only below this directory; `''` everywhere. */
  readonly path: string;
  /** Only files of which these hold. */
  readonly filters?: SearchFilter | undefined;
}

/** A passage, as it was indexed. */
export interface PendingPassage {
  /** The file. */
  readonly path: string;
  /** Byte offsets into the file, the end exclusive. */
  readonly start: number;
  /** See `start`. */
  readonly end: number;
  /** Where it begins, from 1. */
  readonly line: number;
  /** The headings it stands under, outermost first. */
  readonly headings: readonly string[];
  /** Of headings and text: tells whether the bytes are still what was indexed. */
  readonly hash: string;
}

/** A passage that answers, and how well: 0 to 1, so that hits of several indexes can be ranked together. */
export interface Hit extends PendingPassage {
  /** 0 to 1, higher is nearer. */
  readonly score: number;
}

/** Where words and vectors are kept. Calls that change it are all or nothing; several belong together in `transaction`. */
export interface IndexStore {
  /** Path and version of all that is indexed below a directory. */
  known(below?: string): Iterable<readonly [path: string, version: string]>;
  /** Puts a file in the place of what was there under its path. */
  put(document: IndexedDocument): void;
  /** Forgets a file. */
  remove(path: string): void;
  /** Does all of it or nothing. */
  transaction<T>(body: () => T): T;
  /** Passages that hold words of the query, best first. */
  match(query: Query, scope: SearchScope): readonly Hit[];
  /** Passages whose vectors are nearest, best first. */
  near(vector: Float32Array, scope: SearchScope): readonly Hit[];
  /** Passages that wait for a vector, each text once. */
  pending(limit: number, except: ReadonlySet<string>): readonly PendingPassage[];
  /** Passages that have no vector yet. */
  countPending(): number;
  /** Keeps the vectors of passages. */
  keepVectors(vectors: ReadonlyMap<string, Float32Array>): void;
  /** Takes, or goes on with, the turn of who embeds, for so many milliseconds. @returns false while somebody else has it */
  takeTurn(holder: string, lease: number): boolean;
  /** Lets another process embed. */
  endTurn(holder: string): void;
}
