/// <reference path="./wink-porter2-stemmer.d.ts" />
import porter2 from 'wink-porter2-stemmer';
import { fold } from './fold.ts';

/** Scripts that put no space between words. */
const UNSPACED =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}\u30fc]+/gu;
const WORD = /[\p{L}\p{M}\p{N}]+/gu;
const CAMEL = /(?<=\p{Ll}|\p{N})(?=\p{Lu})/u;

/** Most characters of a word that are looked at; longer ones are data, not language. */
const LONGEST_WORD = 64;

/** Maps a lower-case word without marks to a form that it shares with words of the same meaning. */
export type Stemmer = (word: string) => string;

/** Porter's second stemmer for English; words with other letters stay as they are. */
export const english: Stemmer = (word) => (/^[a-z']+$/.test(word) ? porter2(word) : word);

/** Makes the tokens of a text, for the index, and those of a query, to look for. */
export class Analyzer {
  readonly #stem: Stemmer;

  constructor(stem: Stemmer = english) {
    this.#stem = stem;
  }

  /** Tokens of a text, in order: each word by its stem, a camelCase word also by its parts, unspaced scripts as overlapping pairs. */
  tokens(text: string): string[] {
    const tokens: string[] = [];
    for (const word of wordsOf(text)) {
      if (isUnspaced(word)) tokens.push(...pairs(word), ...characters(word));
      else tokens.push(...this.#spaced(word));
    }
    return tokens;
  }

  /** Tokens by which a query's word is looked for. */
  queryTokens(word: string): string[] {
    const tokens = isUnspaced(word)
      ? characters(word).length === 1
        ? [word]
        : pairs(word)
      : this.#spaced(word);
    return [...new Set(tokens)];
  }

  #spaced(word: string): string[] {
    const parts = word.split(CAMEL);
    const whole = parts.length > 1 ? [word, ...parts] : [word];
    return whole
      .map(fold)
      .filter((part) => part.length <= LONGEST_WORD)
      .map((part) => this.#stem(part));
  }
}

/** Words as written; a run of an unspaced script counts as one. */
export function wordsOf(text: string): string[] {
  const words: string[] = [];
  for (const [word] of text.normalize('NFC').matchAll(WORD)) {
    let from = 0;
    for (const { index, 0: run } of word.matchAll(UNSPACED)) {
      if (index > from) words.push(word.slice(from, index));
      words.push(run);
      from = index + run.length;
    }
    if (from < word.length) words.push(word.slice(from));
  }
  return words;
}

export function isUnspaced(word: string): boolean {
  return word.search(UNSPACED) === 0;
}

function pairs(run: string): string[] {
  const all = characters(run);
  return all.slice(0, -1).map((character, index) => character + all[index + 1]!);
}

function characters(run: string): string[] {
  return [...fold(run)];
}
