import { assertKnown } from '../faults/assert-known.ts';

/** Switches for the ways in which the service may be unkind to a correct client; each may be changed while the server runs. */
export interface Unkindness {
  /** Looks at a newly attached file (retrieve, list, batch) that still say `in_progress`. */
  processedAfter: number;
  /** Reads of a newly attached file (retrieve, content) that still answer 404. */
  visibleAfter: number;
  /** Lists of a store's files that still show the state before an attach, an update or a detach. */
  listedAfter: number;
  /** Milliseconds after which the three above are over, however often anybody looked. */
  settleWithin: number;
  /** Characters in one part of parsed content; `Infinity` answers in one part. */
  partCharacters: number;
  /** Characters at the end of a part that the next part repeats. */
  overlapCharacters: number;
  /** White space is trimmed from both ends of every part. */
  trimParts: boolean;
  /** Every object is created in the same second, so that only ids can break ties. */
  equalCreatedAt: boolean;
  /** A store goes on listing a File that was deleted without being detached first. */
  keepsDeletedFiles: boolean;
  /** A file with an extension that cannot be parsed is attached, and ends as `failed`, instead of a 400. */
  failsLate: boolean;
  /** Search goes on finding a detached file, and old attributes, until `settleWithin` is over. */
  staleSearch: boolean;
}

export const UNKIND: Readonly<Unkindness> = {
  processedAfter: 2,
  visibleAfter: 1,
  listedAfter: 1,
  settleWithin: 250,
  partCharacters: 2000,
  overlapCharacters: 400,
  trimParts: true,
  equalCreatedAt: false,
  keepsDeletedFiles: true,
  failsLate: false,
  staleSearch: true,
};

const FRIENDLY: Readonly<Unkindness> = {
  processedAfter: 0,
  visibleAfter: 0,
  listedAfter: 0,
  settleWithin: 0,
  partCharacters: Number.POSITIVE_INFINITY,
  overlapCharacters: 0,
  trimParts: false,
  equalCreatedAt: false,
  keepsDeletedFiles: false,
  failsLate: false,
  staleSearch: false,
};

/** Reads the choice of switches: `true` is all of them, `false` none, an object all except those it sets. @throws `TypeError` */
export function unkindness(choice: boolean | Partial<Unkindness>): Unkindness {
  if (choice === false) return { ...FRIENDLY };
  if (choice !== true) assertKnown('switch of unkindness', Object.keys(choice), Object.keys(UNKIND));
  return { ...UNKIND, ...(choice === true ? {} : choice) };
}
