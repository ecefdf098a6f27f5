import type { Query } from '../words/query.ts';

/** The share of all passages from which on a word tells nothing. */
const COMMON = 0.5;
/** The share from which on a word costs more than it tells, since every passage that holds it is counted. */
const COSTLY = 0.3;
/** Passages so few that a word may be in all of them by chance. */
const FEW = 10;
/** Passages that are enough to choose from, and few enough to look at each. */
export const ENOUGH_PASSAGES = 2000;
/** The greatest factor of bm25 for the weight of a word: k1 + 1. */
export const MOST_OF_A_WORD = 2.2;
/** Most words of the vocabulary that stand in for a word without a hit. */
export const WIDENED_WORDS = 8;

/** An index's statistics of its words. */
export interface WordStatistics {
  /** The number of passages. */
  readonly passages: number;
  /** The number of passages that hold a token. */
  frequency(token: string): number;
  /** Tokens that contain a word: German writes compounds as one. */
  holding(word: string): readonly string[];
}

/** A word of a query, ready to be looked for. */
export interface WantedWord {
  /** Tokens, any of which finds it. */
  readonly tokens: readonly string[];
  /** The beginning of a word that is still being typed; every word that begins so counts as well. */
  readonly prefix: string | undefined;
  /** The numbers of passages that hold each token it has of itself. */
  readonly counts: readonly number[];
  /** The greatest of them. */
  readonly count: number;
}

/** The words of a query, ready to be looked for. */
export interface WantedWords {
  /** Words of which a passage has to hold at least one, the rarest first. */
  readonly deciding: readonly WantedWord[];
  /** Words that only affect the order. */
  readonly others: readonly WantedWord[];
  /** Tokens that count more where they follow each other. */
  readonly phrases: readonly (readonly string[])[];
}

/** Divides the words of a query into those that decide and those that only rank; `undefined` for a query without words. */
export function wantedWords(
  { words, phrases, prefix }: Query,
  statistics: WordStatistics,
): WantedWords | undefined {
  if (words.length === 0) return undefined;
  const { passages } = statistics;
  const said = words.map(({ word, tokens }) => wantedWord(word, tokens, word === prefix, statistics));
  const telling = said.filter(({ count }) => count < leftOutFrom(passages));
  const wanted = (telling.length > 0 ? telling : said).toSorted((a, b) => a.count - b.count);
  let choice = 0;
  let deciding = 0;
  while (deciding < wanted.length && choice < ENOUGH_PASSAGES) choice += wanted[deciding++]!.count;
  return {
    deciding: wanted.slice(0, deciding),
    others: wanted.slice(deciding),
    phrases,
  };
}

/** The best rank that a passage could have. @param weight of a word found in so many passages */
export function bestRank({ deciding, others }: WantedWords, weight: (count: number) => number): number {
  const counts = [...deciding, ...others].flatMap((word) => word.counts);
  return counts.reduce((sum, count) => sum + MOST_OF_A_WORD * weight(count), 0);
}

/** The rank as a share of the best one, from 0 to 1; its root, since no text holds only what is asked for. */
export function shareOf(rank: number, best: number): number {
  return Math.sqrt(Math.min(1, rank / best));
}

/** The weight of a word found in so many passages: BM25's, smoothed, since in a vault of two notes a word of one tells something too. */
export function weightOf(count: number, passages: number): number {
  return Math.log(1 + (passages - count + 0.5) / (count + 0.5));
}

/** The number of passages from which on a word is left out. */
function leftOutFrom(passages: number): number {
  if (passages <= FEW) return passages + 1;
  return Math.max(passages * COSTLY, Math.min(passages * COMMON, ENOUGH_PASSAGES));
}

function wantedWord(
  word: string,
  tokens: readonly string[],
  isBeginning: boolean,
  { frequency, holding }: WordStatistics,
): WantedWord {
  const counts = tokens.map(frequency);
  const count = Math.max(...counts);
  if (count > 0) return { tokens, prefix: undefined, counts, count };
  return { tokens: [...tokens, ...holding(word)], prefix: isBeginning ? word : undefined, counts, count };
}
