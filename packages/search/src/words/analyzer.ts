/// <reference path="./wink-porter2-stemmer.d.ts" />
import porter2 from 'wink-porter2-stemmer';
import { fold } from './fold.ts';

/** Scripts that put no space between words. */
const UNSPACED =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}\u30fc]+/gu;
const WORD = /[\p{L}\p{M}\p{N}]+/gu;
const CAMEL = /(?<=\p{Ll}|\p{N})(?=\p{Lu})/u;

/** Characters of a word that are looked at; what is longer is data, not language. */
export const LONGEST_WORD = 64;

/** The form by which words that mean the same are found: of a lower-case word without marks. */
export type Stemmer = (word: string) => string;

/** Porter's second stemmer for English; what is not of its letters stays. */
export const english: Stemmer = (word) => (/^[a-z']+$/.test(word) ? porter2(word) : word);

/** Makes of a text the tokens that the index holds, and of a query those that are looked for. */
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

  /** Tokens that a query's word is looked for by. */
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

/** Words as written; a run of an unspaced script is one. */
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
