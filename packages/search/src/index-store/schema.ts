/** Raised with every change of the tables below; an index of another version is made again. */
export const INDEX_SCHEMA_VERSION = 2;

/** Tables of an index, beside others in the same database. The text itself is kept once, by the vault. */
export const INDEX_SCHEMA = `
  CREATE TABLE search_documents (
    id INTEGER PRIMARY KEY,
    path TEXT NOT NULL UNIQUE,
    version TEXT NOT NULL,
    attributes TEXT NOT NULL,
    first INTEGER NOT NULL, -- ids of its passages
    last INTEGER NOT NULL
  );
  CREATE TABLE search_passages (
    id INTEGER PRIMARY KEY, -- the rowid in search_words
    document INTEGER NOT NULL,
    start INTEGER NOT NULL,
    "end" INTEGER NOT NULL,
    line INTEGER NOT NULL,
    section INTEGER,        -- the passage whose headings it stands under
    headings TEXT,          -- those that begin with it, in lines
    hash BLOB NOT NULL
  );
  CREATE VIRTUAL TABLE search_words
    USING fts5 (title, heading, body, content='', contentless_delete=1, tokenize='unicode61 remove_diacritics 0');
  CREATE VIRTUAL TABLE search_vocabulary USING fts5vocab (search_words, row);
  CREATE TABLE search_vectors (hash BLOB PRIMARY KEY, scale REAL NOT NULL, data BLOB NOT NULL) WITHOUT ROWID;
  CREATE TABLE search_turn (id INTEGER PRIMARY KEY CHECK (id = 1), holder TEXT NOT NULL, ends_at INTEGER NOT NULL);
  CREATE TABLE search_settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
`;

/** What only vectors need. */
export const VECTOR_SCHEMA = 'CREATE INDEX IF NOT EXISTS search_passages_by_hash ON search_passages (hash)';

/** Removes an index, and nothing else. */
export const DROP_INDEX = `
  DROP TABLE IF EXISTS search_vocabulary;
  DROP TABLE IF EXISTS search_words;
  DROP TABLE IF EXISTS search_passages;
  DROP TABLE IF EXISTS search_documents;
  DROP TABLE IF EXISTS search_vectors;
  DROP TABLE IF EXISTS search_turn;
  DROP TABLE IF EXISTS search_settings;
`;
