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

/** A value, at once where the store is in this process, later where it is a server. */
export type Awaitable<T> = T | Promise<T>;

/** Where words and vectors are kept, as far as questions and embedding go; what is put into it belongs to the write that puts it. */
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
  /** Takes, or goes on with, the turn of who embeds, for so many milliseconds. @returns false while somebody else has it */
  takeTurn(holder: string, lease: number): Awaitable<boolean>;
  /** Lets another process embed. */
  endTurn(holder: string): Awaitable<void>;
}
