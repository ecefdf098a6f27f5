import type { VaultFile } from './vault-file.ts';

/** What a look at a vault found. */
export interface VaultCheck {
  /** What is wrong, in sentences; empty where nothing is. */
  readonly problems: readonly string[];
  readonly files: number;
  /** Files that the search index does not hold yet. */
  readonly notIndexed: number;
  /** Passages that wait for a vector. */
  readonly notEmbedded: number;
}

const PROBLEMS_NAMED = 10;

export function checkDatabase({ database, index }: VaultFile): VaultCheck {
  const count = (sql: string): number => Number(database.prepare(sql).get()!.count);
  const broken = database
    .prepare('PRAGMA integrity_check(10)')
    .all()
    .map((row) => String(row.integrity_check))
    .filter((found) => found !== 'ok');
  const incomplete = database
    .prepare(
      `SELECT e.path FROM entries e WHERE e.content IS NOT NULL
         AND e.size <> (SELECT coalesce(sum(length(bytes)), 0) FROM blocks b WHERE b.content = e.content) LIMIT ?`,
    )
    .all(PROBLEMS_NAMED)
    .map(({ path }) => `Bytes of ${JSON.stringify(path)} are missing`);
  return {
    problems: [...broken.map((found) => `The file is damaged: ${found}`), ...incomplete],
    files: count('SELECT count(*) AS count FROM entries WHERE content IS NOT NULL'),
    notIndexed: count(
      `SELECT count(*) AS count FROM entries e WHERE content IS NOT NULL AND NOT EXISTS
         (SELECT 1 FROM search_documents d WHERE d.path = e.path AND d.version = CAST(e.version AS TEXT))`,
    ),
    notEmbedded: index.countPending(),
  };
}
