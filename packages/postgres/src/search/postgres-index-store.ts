import {
  type Hit,
  type IndexStore,
  MOST_OF_A_WORD,
  type PendingPassage,
  type Query,
  type SearchScope,
  shareOf,
} from '@f9/search';
import type { Row, RunStatement, Value } from '../database/connection.ts';
import { pathOf } from '../files/entries.ts';
import { scopeSql } from './filter-sql.ts';
import { questionOf, type Ranking } from './question.ts';
import type { VectorSchema } from './vectors.ts';
import { whereAllowed } from './where-allowed.ts';

/** Passages from each way of ranking. */
const CANDIDATES = 100;
const COLUMNS = 'p.key, p.first, p.behind, p.line, p.headings, p.hash';
const WITH_FILE = 'JOIN search_documents d ON d.key = p.key JOIN entries e ON e.key = p.key';
/** For a word, `ts_rank_cd` adds up the weights of its places: in the text, in headings, in title and path. */
const SAID = "4 * ts_rank_cd('{0.25, 0.25, 0.5, 1}', p.words, ";
/** Damps repetitions of a word in a passage, in a long one later than in a short one: BM25's usual k1 = 1.2 and b = 0.75. */
const PATIENCE = '(1.2 * (0.25 + 0.75 * p.length / $2::float8))';

export interface IndexAccess {
  readonly read: RunStatement;
  /** Runs a statement that changes the index. */
  readonly change: RunStatement;
  /** The schema of pgvector; `undefined` without a model. */
  readonly vectors: VectorSchema | undefined;
}

/** The index of a vault, on the server. */
export class PostgresIndexStore implements IndexStore {
  readonly #access: IndexAccess;

  constructor(access: IndexAccess) {
    this.#access = access;
  }

  async match(query: Query, scope: SearchScope): Promise<readonly Hit[]> {
    const { read, change } = this.#access;
    const asked = await questionOf(query, read, () =>
      whereAllowed(() => change('SELECT gather_vocabulary()', [])),
    );
    if (asked === undefined) return [];
    const values: Value[] = [asked.deciding, asked.length];
    const rank = asked.ranking.map((each) => rankSql(each, values)).join(' + ');
    const where = scopeSql(scope, values);
    // The query is hidden from the planner, which would else read the whole table instead of the rows that the index finds.
    const rows = await read(
      `SELECT ${COLUMNS}, ${rank} AS rank FROM search_passages p ${where === undefined ? '' : WITH_FILE}
       WHERE p.words @@ (SELECT $1::text::tsquery) ${where === undefined ? '' : `AND ${where}`}
       ORDER BY rank DESC, p.key, p.first LIMIT ${CANDIDATES}`,
      values,
    );
    return rows.map((row) => ({ ...passageOf(row), score: shareOf(Number(row.rank), asked.best) }));
  }

  async near(vector: Float32Array, scope: SearchScope): Promise<readonly Hit[]> {
    const values: Value[] = [textOf(vector)];
    const where = scopeSql(scope, values);
    const join = where === undefined ? '' : WITH_FILE;
    const and = where === undefined ? '' : `AND ${where}`;
    const place = this.#access.vectors!;
    const rows = await this.#access.read(
      `SELECT ${COLUMNS}, v.distance FROM (
         SELECT hash, embedding OPERATOR(${place}.<=>) $1::text::${place}.vector AS distance FROM search_vectors v
         WHERE ${place}.vector_dims(embedding) = ${vector.length}
           AND EXISTS (SELECT FROM search_passages p ${join} WHERE p.hash = v.hash ${and})
         ORDER BY distance, hash LIMIT ${CANDIDATES}
       ) v JOIN search_passages p ON p.hash = v.hash ${join} WHERE true ${and} ORDER BY v.distance, p.key, p.first`,
      values,
    );
    return rows.map((row) => ({
      ...passageOf(row),
      score: Math.min(1, Math.max(0, 1 - Number(row.distance))),
    }));
  }

  async pending(limit: number, except: ReadonlySet<string>): Promise<readonly PendingPassage[]> {
    const rows = await this.#access.read(
      `SELECT DISTINCT ON (p.hash) ${COLUMNS} FROM (
         SELECT hash FROM search_passages p WHERE behind > first AND NOT EXISTS (SELECT FROM search_vectors v WHERE v.hash = p.hash)
           AND hash NOT IN (SELECT * FROM json_array_elements_text($1::text::json)) GROUP BY hash LIMIT $2::int
       ) wanted JOIN search_passages p ON p.hash = wanted.hash ORDER BY p.hash, p.key, p.first`,
      [JSON.stringify([...except]), limit],
    );
    return rows.map(passageOf);
  }

  async countPending(): Promise<number> {
    const [row] = await this.#access.read(
      `SELECT count(DISTINCT hash) FROM search_passages p
       WHERE behind > first AND NOT EXISTS (SELECT FROM search_vectors v WHERE v.hash = p.hash)`,
      [],
    );
    return Number(row!.count);
  }

  async keepVectors(vectors: ReadonlyMap<string, Float32Array>): Promise<void> {
    const rows = [...vectors].map(([hash, vector]) => ({ hash, embedding: textOf(vector) }));
    await this.#access.change(
      `INSERT INTO search_vectors SELECT hash, embedding::${this.#access.vectors}.vector
         FROM json_to_recordset($1::text::json) AS made (hash text, embedding text)
       ON CONFLICT (hash) DO UPDATE SET embedding = excluded.embedding`,
      [JSON.stringify(rows)],
    );
  }

  async forgetUnusedVectors(): Promise<void> {
    await this.#access.change(
      'DELETE FROM search_vectors v WHERE NOT EXISTS (SELECT FROM search_passages p WHERE p.hash = v.hash)',
      [],
    );
  }

  async takeTurn(holder: string, lease: number): Promise<boolean> {
    const text = "SELECT take_embedding_turn($1, $2::float8 * interval '1 millisecond') AS taken";
    const [row] = await this.#access.change(text, [holder, lease]);
    return row!.taken === true;
  }

  async turnHolder(): Promise<string | undefined> {
    const [row] = await this.#access.read('SELECT holder FROM search_turn', []);
    return row === undefined ? undefined : String(row.holder);
  }

  async endTurn(holder: string): Promise<void> {
    await this.#access.change('DELETE FROM search_turn WHERE holder = $1', [holder]);
  }
}

/** BM25, where repetitions count less. A phrase counts as a word that occurs once. */
function rankSql({ query, weight, isPhrase }: Ranking, values: Value[]): string {
  values.push(query, weight);
  const [asked, most] = [`$${values.length - 1}::text::tsquery`, `$${values.length}::float8`];
  if (isPhrase) return `${most} / ${MOST_OF_A_WORD} * (p.words @@ ${asked})::int`;
  return `${most} * (1 - ${PATIENCE} / (${PATIENCE} + ${SAID}${asked})))`;
}

function passageOf({ key, first, behind, line, headings, hash }: Row): PendingPassage {
  return {
    path: pathOf(key),
    start: Number(first),
    end: Number(behind),
    line: Number(line),
    headings: (typeof headings === 'string' ? JSON.parse(headings) : headings) as string[],
    hash: String(hash),
  };
}

/** A vector as text for the server. */
function textOf(vector: Float32Array): string {
  return `[${vector.join(',')}]`;
}
