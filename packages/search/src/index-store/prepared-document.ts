import { noteAttributes } from '../passages/note-attributes.ts';
import { type Passage, passagesOf } from '../passages/passages.ts';
import type { Analyzer } from '../words/analyzer.ts';
import { documentRecord } from './document-record.ts';
import type { IndexedDocument } from './index-store.ts';
import { passageHash } from './passage-hash.ts';

/** A document taken apart, to be put into an index. */
export interface PreparedDocument {
  /** The document as it was given. */
  readonly document: IndexedDocument;
  /** Its attributes for filters. */
  readonly record: Readonly<Record<string, unknown>>;
  /** The words of its title and path. */
  readonly names: string;
  /** Its pieces, which a search finds. */
  readonly passages: readonly PreparedPassage[];
}

/** A passage, with its words by the analyser, separated by spaces. */
export interface PreparedPassage extends Omit<Passage, 'text'> {
  /** The hash of headings and text. */
  readonly hash: string;
  /** Words of the headings above it. */
  readonly headingWords: string;
  /** Words of its text. */
  readonly words: string;
}

const EMPTY_PASSAGE: PreparedPassage = {
  start: 0,
  end: 0,
  line: 1,
  headings: [],
  hash: '',
  headingWords: '',
  words: '',
};

/** Takes a text apart. That takes long, so it is done before a transaction, for which others wait. */
export function prepareDocument(document: IndexedDocument, analyzer: Analyzer): PreparedDocument {
  const wordsOf = (text: string): string => analyzer.tokens(text).join(' ');
  const text = document.text ?? '';
  const { title, tags } = noteAttributes(text);
  const passages = [...passagesOf(text)].map((passage) => ({
    ...passage,
    hash: passageHash(passage.headings, passage.text),
    headingWords: wordsOf(passage.headings.join(' ')),
    words: wordsOf(passage.text),
  }));
  return {
    document,
    record: documentRecord(document, tags),
    names: wordsOf(`${title ?? ''} ${document.path.replaceAll(/[/_.-]/g, ' ')}`),
    // A file without text is still found by its name.
    passages: passages.length > 0 ? passages : [EMPTY_PASSAGE],
  };
}
