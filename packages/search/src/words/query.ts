import { type Analyzer, isUnspaced, wordsOf } from './analyzer.ts';
import { fold } from './fold.ts';

/** Most words of a query that are looked at. */
const MOST_WORDS = 64;
/** Fewest letters of a beginning of a word that is looked for. */
const SHORTEST_PREFIX = 3;

/** A query, taken apart. Nothing that was typed is syntax, except quotes around a phrase. */
export interface Query {
  /** Words as typed, each with the tokens that it is found by. */
  readonly words: readonly { readonly word: string; readonly tokens: readonly string[] }[];
  /** Tokens that must follow each other to count. */
  readonly phrases: readonly (readonly string[])[];
  /** The beginning of a word that is still being typed: the last one, if nothing follows it. */
  readonly prefix: string | undefined;
}

/** Takes a query apart into words and phrases. */
export function parseQuery(text: string, analyzer: Analyzer): Query {
  const phrases = [...text.matchAll(/"([^"]+)"/g)]
    .map(([, quoted]) => wordsOf(quoted!).flatMap((word) => analyzer.queryTokens(word).slice(0, 1)))
    .filter((tokens) => tokens.length > 1)
    .slice(0, MOST_WORDS);
  const seen = new Set<string>();
  const words = [];
  for (const word of wordsOf(text)) {
    const tokens = analyzer.queryTokens(word);
    const key = tokens.join(' ');
    if (tokens.length === 0 || seen.has(key)) continue;
    seen.add(key);
    words.push({ word: fold(word), tokens });
    if (words.length === MOST_WORDS) break;
  }
  const last = words.at(-1)?.word;
  const isBeginning =
    last !== undefined && /[\p{L}\p{N}]$/u.test(text) && !isUnspaced(last) && last.length >= SHORTEST_PREFIX;
  return { words, phrases, prefix: isBeginning ? last : undefined };
}
