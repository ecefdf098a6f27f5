import type { Query } from '../words/query.ts';

/** From this share of all passages on a word says nothing. */
const COMMON = 0.5;
/** So few passages that a word may be in each of them by chance. */
const FEW = 10;
/** Passages from which to choose. */
export const ENOUGH = 2000;
/** What bm25 multiplies the weight of a word with at the most: k1 + 1. */
export const MOST_OF_A_WORD = 2.2;
/** Words of the vocabulary that a word without a hit stands for. */
export const WIDENED = 8;

/** What an index knows of its words. */
export interface WordStatistics {
  /** Passages there are. */
  readonly passages: number;
  /** Passages that hold a token. */
  frequency(token: string): number;
  /** Tokens that a word is part of: German writes compounds as one. */
  holding(word: string): readonly string[];
}

/** A word of a query, as it is looked for. */
export interface WantedWord {
  /** What it is found by, any of them. */
  readonly tokens: readonly string[];
  /** It is being typed: what begins with it counts as well. */
  readonly prefix: string | undefined;
  /** Passages that hold it; the most of its tokens. */
  readonly count: number;
  /** The most that it can count. */
  readonly most: number;
}

/** What is looked for. */
export interface WantedWords {
  /** What holds one of these is enough to choose from; the rarest first. */
  readonly deciding: readonly WantedWord[];
  /** These only say which of them come first. */
  readonly others: readonly WantedWord[];
  /** Tokens that count more where they follow each other. */
  readonly phrases: readonly (readonly string[])[];
  /** What a passage could be ranked by at the most. */
  readonly best: number;
}

/** Which words of a query decide, and which only rank; `undefined` where it has none. */
export function wantedWords(
  { words, phrases, prefix }: Query,
  statistics: WordStatistics,
): WantedWords | undefined {
  if (words.length === 0) return undefined;
  const { passages } = statistics;
  const said = words.map(({ word, tokens }) => wantedWord(word, tokens, word === prefix, statistics));
  const telling = said.filter(({ count }) => count <= passages * COMMON || passages <= FEW);
  const wanted = (telling.length > 0 ? telling : said).toSorted((a, b) => a.count - b.count);
  let choice = 0;
  let deciding = 0;
  while (deciding < wanted.length && choice < ENOUGH) choice += wanted[deciding++]!.count;
  return {
    deciding: wanted.slice(0, deciding),
    others: wanted.slice(deciding),
    phrases,
    best: wanted.reduce((sum, { most }) => sum + most, 0),
  };
}

/** How much of what could be said is said, from 0 to 1; the root, since no text is only what is asked for. */
export function shareOf(rank: number, best: number): number {
  return Math.sqrt(Math.min(1, rank / best));
}

/** What bm25 multiplies a word with that is in so many passages. */
export function weightOf(count: number, passages: number): number {
  return Math.max(1e-6, Math.log((passages - count + 0.5) / (count + 0.5)));
}

function wantedWord(
  word: string,
  tokens: readonly string[],
  isBeginning: boolean,
  { passages, frequency, holding }: WordStatistics,
): WantedWord {
  const counts = tokens.map(frequency);
  const count = Math.max(...counts);
  const most = counts.reduce((sum, each) => sum + MOST_OF_A_WORD * weightOf(each, passages), 0);
  if (count > 0) return { tokens, prefix: undefined, count, most };
  return { tokens: [...tokens, ...holding(word)], prefix: isBeginning ? word : undefined, count, most };
}
