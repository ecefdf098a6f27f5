import { mediaType } from '@f9/core';
import type { BackendPath } from '@f9/core/driver';
import { type Analyzer, type PreparedPassage, prepareDocument, textOfFile } from '@f9/search';

/**
 * A file taken apart in the form that the server indexes. @param bytes `undefined` for a file that is too long, of which only the
 * name is found
 */
export function documentOf(path: BackendPath, bytes: Uint8Array | undefined, analyzer: Analyzer): object {
  const text = bytes && textOfFile(bytes);
  const attributes = { mediaType: mediaType(path) };
  // Size and date come from the entry, the version from the transaction.
  const { record, names, passages } = prepareDocument({ path, version: '', text, attributes }, analyzer);
  const title = names.split(' ');
  return {
    attributes: record,
    passages: passages.map((passage) => passageOf(title, passage)),
  };
}

function passageOf(title: readonly string[], passage: PreparedPassage): object {
  const { start, end, line, headings, hash, headingWords, words } = passage;
  const [heading, body] = [headingWords.split(' '), words.split(' ')];
  return {
    first: start,
    behind: end,
    line,
    headings,
    hash,
    length: title.length + heading.length + body.length,
    words: tsvectorOf([
      [title, 'A'],
      [heading, 'B'],
      [body, ''],
    ]),
  };
}

/** Words with their positions and weights, in the order given, and a gap between fields that no phrase crosses. */
function tsvectorOf(fields: readonly (readonly [words: readonly string[], weight: string])[]): string {
  const places = new Map<string, string[]>();
  let at = 0;
  for (const [words, weight] of fields) {
    for (const word of words) {
      at++;
      if (word === '') continue;
      const known = places.get(word);
      if (known === undefined) places.set(word, [`${at}${weight}`]);
      else known.push(`${at}${weight}`);
    }
    at++;
  }
  return [...places].map(([word, where]) => `${lexeme(word)}:${where.join(',')}`).join(' ');
}

/** A word as a literal for the server, so that nothing in it is syntax. */
export function lexeme(word: string): string {
  return `'${word.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;
}
