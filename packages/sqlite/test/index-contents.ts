import { DatabaseSync } from 'node:sqlite';
import { Analyzer, SqliteIndexStore, textOfFile } from '@f9/search';

/** All that an index says, in an order of its own: files, passages, and every word at its place. */
export interface IndexContents {
  readonly files: readonly string[];
  readonly passages: readonly string[];
  readonly words: readonly string[];
}

/** What the index in a vault's file holds. */
export function indexedIn(path: string): IndexContents {
  const database = new DatabaseSync(path);
  try {
    return contentsOf(database);
  } finally {
    database.close();
  }
}

/** What an index of these texts holds that was never killed. */
export function indexOf(texts: ReadonlyMap<string, string>): IndexContents {
  const database = new DatabaseSync(':memory:');
  const store = new SqliteIndexStore(database, { analyzer: new Analyzer() });
  for (const [path, text] of texts)
    store.put({ path, version: '', text: textOfFile(Buffer.from(text)), attributes: {} });
  const contents = contentsOf(database);
  database.close();
  return contents;
}

function contentsOf(database: DatabaseSync): IndexContents {
  database.exec('CREATE VIRTUAL TABLE temp.instances USING fts5vocab (main, search_words, instance)');
  const lines = (sql: string): string[] =>
    database
      .prepare(sql)
      .all()
      .map((row) => JSON.stringify(Object.values(row)))
      .sort();
  const place = 'FROM search_passages p LEFT JOIN search_documents d ON d.id = p.document';
  return {
    files: lines('SELECT path FROM search_documents'),
    passages: lines(`SELECT d.path, p.start, p."end", p.line, p.headings, p.hash ${place}`),
    words: lines(
      `SELECT (SELECT d.path || ':' || p.start ${place} WHERE p.id = w.doc), w.col, w.term, w.offset FROM temp.instances w`,
    ),
  };
}
