export type { Embeds } from './embeds.ts';
export { embeds } from './embeds.ts';
export { explainSqlite } from './index-store/explain-sqlite.ts';
export type {
  Awaitable,
  DocumentAttributes,
  Hit,
  IndexedDocument,
  IndexStore,
  PendingPassage,
  SearchScope,
} from './index-store/index-store.ts';
export { sqlite } from './index-store/open-database.ts';
export type { PreparedDocument, PreparedPassage } from './index-store/prepared-document.ts';
export { prepareDocument } from './index-store/prepared-document.ts';
export type { SqliteIndexOptions } from './index-store/sqlite-index-store.ts';
export { SqliteIndexStore } from './index-store/sqlite-index-store.ts';
export type { WantedWord, WantedWords, WordStatistics } from './index-store/wanted-words.ts';
export {
  bestRank,
  ENOUGH_PASSAGES,
  MOST_OF_A_WORD,
  shareOf,
  WIDENED_WORDS,
  wantedWords,
  weightOf,
} from './index-store/wanted-words.ts';
export type { WhenFreeOptions } from './index-store/when-free.ts';
export { whenFree } from './index-store/when-free.ts';
export type { RefreshProgress, RefreshResult } from './layer/index-refresh.ts';
export { textOfFile } from './layer/text-of-file.ts';
export type { SearchIndexControls, WithSearchOptions } from './layer/with-search.ts';
export { withSearch } from './layer/with-search.ts';
export type { NoteAttributes } from './passages/note-attributes.ts';
export { noteAttributes } from './passages/note-attributes.ts';
export type {
  EmbedPendingOptions,
  EmbedProgress,
  PassageRange,
  ReadPassages,
  SearcherOptions,
} from './searcher.ts';
export { Searcher } from './searcher.ts';
export type { Embedder, EmbedOptions } from './vectors/embedder.ts';
export { EMBEDDER_PARAMETERS, embedderOf } from './vectors/embedder-parameters.ts';
export type { HttpEmbedderOptions } from './vectors/http-embedder.ts';
export { httpEmbedder } from './vectors/http-embedder.ts';
export type { Stemmer } from './words/analyzer.ts';
export { Analyzer, english } from './words/analyzer.ts';
export type { Query } from './words/query.ts';
export { parseQuery } from './words/query.ts';
