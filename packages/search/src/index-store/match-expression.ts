import type { Query } from '../words/query.ts';

/** From this share of all passages on a word says nothing. */
const COMMON = 0.5;
/** So few passages that a word may be in each of them by chance. */
const FEW = 10;
/** Passages from which to choose. */
const ENOUGH = 2000;
/** What bm25 multiplies the weight of a word with at the most: k1 + 1. */
const MOST_OF_A_WORD = 2.2;

/** What an index knows of its words. */
export interface WordStatistics {
  /** Passages there are. */
  readonly passages: number;
  /** Passages that hold a token. */
  frequency(token: string): number;
  /** Tokens that a word is part of: German writes compounds as one. */
  holding(word: string): readonly string[];
}

/** What FTS5 is asked for. */
export interface MatchExpression {
  readonly expression: string;
  /** What a passage could be ranked by at the most. */
  readonly best: number;
}

/** The FTS5 expression of a query: any word counts. Every token is quoted, so that nothing is syntax. */
export function matchExpression(
  { words, phrases, prefix }: Query,
  statistics: WordStatistics,
): MatchExpression | undefined {
  if (words.length === 0) return undefined;
  const { passages } = statistics;
  const said = words.map(({ word, tokens }) => termOf(word, tokens, word === prefix, statistics));
  const telling = said.filter(({ count }) => count <= passages * COMMON || passages <= FEW);
  const wanted = (telling.length > 0 ? telling : said).toSorted((a, b) => a.count - b.count);
  // What holds one of the rarest is enough to choose from: the others only say which of them come first.
  let choice = 0;
  let deciding = 0;
  while (deciding < wanted.length && choice < ENOUGH) choice += wanted[deciding++]!.count;
  const any = wanted.slice(0, deciding).map(({ expression }) => expression);
  const exact = phrases.map((tokens) => quoted(tokens.join(' ')));
  const best = wanted.reduce((sum, { most }) => sum + most, 0);
  if (deciding === wanted.length) return { expression: [...any, ...exact].join(' OR '), best };
  // The rarest stand there twice, so that the others do as well: each counts as much as it would alone.
  const more = [...wanted.slice(deciding).map(({ expression }) => expression), ...exact];
  const all = [...any, ...more, ...more];
  return { expression: `(${any.join(' OR ')}) AND (${all.join(' OR ')})`, best: 2 * best };
}

/** How much of what could be said is said, from 0 to 1; the root, since no text is only what is asked for. */
export function shareOf(rank: number, best: number): number {
  return Math.sqrt(Math.min(1, rank / best));
}

/** A word of a query as FTS5 is asked for it. */
interface Term {
  readonly expression: string;
  /** Passages that hold it; the most of its tokens. */
  readonly count: number;
  /** The most that it can count. */
  readonly most: number;
}

function termOf(
  word: string,
  tokens: readonly string[],
  isBeginning: boolean,
  { passages, frequency, holding }: WordStatistics,
): Term {
  const counts = tokens.map(frequency);
  const count = Math.max(...counts);
  const most = counts.reduce((sum, each) => sum + MOST_OF_A_WORD * weightOf(each, passages), 0);
  if (count > 0) return { expression: tokens.map(quoted).join(' OR '), count, most };
  const wider = [...tokens, ...holding(word)].map(quoted);
  // It is being typed.
  if (isBeginning) wider.push(`${quoted(word)} *`);
  return { expression: wider.join(' OR '), count, most };
}

/** What FTS5's bm25 multiplies a word with that is in so many passages. */
function weightOf(count: number, passages: number): number {
  return Math.max(1e-6, Math.log((passages - count + 0.5) / (count + 0.5)));
}

function quoted(token: string): string {
  return `"${token.replaceAll('"', '""')}"`;
}
