import type { DatabaseSync } from 'node:sqlite';
import type { VaultFile } from './vault-file.ts';

/** The result of checking a vault. */
export interface VaultCheck {
  /** Problems in sentences; empty where there is none. */
  readonly problems: readonly string[];
  /** Files that were looked at. */
  readonly files: number;
  /** Files that the search index does not hold yet. */
  readonly notIndexed: number;
  /** Passages that wait for a vector. */
  readonly notEmbedded: number;
}

const PROBLEMS_NAMED = 10;

/** Contents that an entry or a version refers to. */
const IN_USE = `SELECT content FROM entries WHERE content IS NOT NULL
  UNION ALL SELECT content FROM versions WHERE content IS NOT NULL UNION ALL SELECT content FROM staged`;

/** Queries whose rows are problems. */
const PROBLEMS: readonly string[] = [
  `SELECT 'The file is damaged: ' || integrity_check FROM pragma_integrity_check WHERE integrity_check <> 'ok'`,
  `SELECT 'Bytes of ' || json_quote(e.path) || ' are missing' FROM entries e WHERE e.content IS NOT NULL
     AND e.size <> (SELECT coalesce(sum(length(bytes)), 0) FROM blocks b WHERE b.content = e.content)`,
  `SELECT json_quote(min(path)) || ' and ' || json_quote(max(path)) || ' have the same bytes'
     FROM entries WHERE content IS NOT NULL GROUP BY content HAVING count(*) > 1`,
  `SELECT 'There are bytes of no file' FROM blocks WHERE content NOT IN (${IN_USE}) LIMIT 1`,
  `SELECT 'The words of ' || json_quote(d.path) || ' are missing' FROM search_passages p
     JOIN search_documents d ON d.id = p.document WHERE p.id NOT IN (SELECT id FROM search_words_docsize)`,
  `SELECT 'There are words of no passage' FROM search_words_docsize
     WHERE id NOT IN (SELECT id FROM search_passages) LIMIT 1`,
];

export function checkDatabase({ database, index }: VaultFile): VaultCheck {
  const count = (sql: string): number => Number(database.prepare(sql).get()!.count);
  return {
    problems: PROBLEMS.flatMap((sql) => rowsOf(database, sql)),
    files: count('SELECT count(*) AS count FROM entries WHERE content IS NOT NULL'),
    notIndexed: count(
      `SELECT count(*) AS count FROM entries e WHERE content IS NOT NULL AND NOT EXISTS
         (SELECT 1 FROM search_documents d WHERE d.path = e.path AND d.version = CAST(e.version AS TEXT))`,
    ),
    notEmbedded: index.countPending(),
  };
}

function rowsOf(database: DatabaseSync, sql: string): string[] {
  return database
    .prepare(sql)
    .all()
    .slice(0, PROBLEMS_NAMED)
    .map((row) => String(Object.values(row)[0]));
}
