import { noteAttributes } from '../passages/note-attributes.ts';
import { type Passage, passagesOf } from '../passages/passages.ts';
import type { Analyzer } from '../words/analyzer.ts';
import { documentRecord } from './document-record.ts';
import type { IndexedDocument } from './index-store.ts';
import { passageHash } from './passage-hash.ts';

/** A document taken apart, to be put into an index. */
export interface PreparedDocument {
  /** As it was given. */
  readonly document: IndexedDocument;
  /** What filters see of it. */
  readonly record: Readonly<Record<string, unknown>>;
  /** The words of its title and path. */
  readonly names: string;
  /** The pieces that are found. */
  readonly passages: readonly PreparedPassage[];
}

/** A passage, its words by the analyser with spaces between. */
export interface PreparedPassage extends Omit<Passage, 'text'> {
  /** Of headings and text. */
  readonly hash: string;
  /** Of the headings it stands under. */
  readonly headingWords: string;
  /** Of its text. */
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

/** Takes a text apart, which takes long: to be done before a transaction, for which others wait. */
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
