import type { SearchFilter } from '@f9/core';
import type { Query } from '../words/query.ts';

/** A file to be put into an index. */
export interface IndexedDocument {
  /** The file. */
  readonly path: string;
  /** Its version: the file's etag. */
  readonly version: string;
  /** Its text; `undefined` where it has none, so that only its name is found. */
  readonly text: string | undefined;
  /** Attributes for filters. */
  readonly attributes: DocumentAttributes;
}

/** Attributes that filters can use, beside those in the path. */
export interface DocumentAttributes {
  /** Bytes. */
  readonly size?: number | undefined;
  /** Milliseconds since the epoch. */
  readonly modifiedAt?: number | undefined;
  /** The media type of its content. */
  readonly mediaType?: string | undefined;
}

/** The files that a search covers. */
export interface SearchScope {
  /** Only files below this directory; `''` for everywhere. */
  readonly path: string;
  /** Only files that this filter lets through. */
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
  /** The line where it begins, from 1. */
  readonly line: number;
  /** The headings above it, outermost first. */
  readonly headings: readonly string[];
  /** A hash of headings and text, which shows whether the bytes are still those that were indexed. */
  readonly hash: string;
}

/** A passage that answers, with a score that can be compared between several indexes. */
export interface Hit extends PendingPassage {
  /** 0 to 1, higher is nearer. */
  readonly score: number;
}

/** A value, given at once where the store is in this process, later where it is on a server. */
export type Awaitable<T> = T | Promise<T>;

/** An index of words and vectors, as far as searching and embedding need it; files are put in by the writes of their vault. */
export interface IndexStore {
  /** Passages that hold words of the query, best first. */
  match(query: Query, scope: SearchScope): Awaitable<readonly Hit[]>;
  /** Passages whose vectors are nearest, best first. */
  near(vector: Float32Array, scope: SearchScope): Awaitable<readonly Hit[]>;
  /** Passages that wait for a vector, each text once. */
  pending(limit: number, except: ReadonlySet<string>): Awaitable<readonly PendingPassage[]>;
  /** Passages that have no vector yet. */
  countPending(): Awaitable<number>;
  /** Keeps the vectors of passages, all or nothing. */
  keepVectors(vectors: ReadonlyMap<string, Float32Array>): Awaitable<void>;
  /** Drops vectors of texts that no file holds any more. */
  forgetUnusedVectors(): Awaitable<void>;
  /** Takes the turn to embed, or keeps it, for so many milliseconds. @returns false while somebody else has it */
  takeTurn(holder: string, lease: number): Awaitable<boolean>;
  /** Who has the turn to embed, if anybody. */
  turnHolder(): Awaitable<string | undefined>;
  /** Gives the turn of a holder to others. */
  endTurn(holder: string): Awaitable<void>;
}
