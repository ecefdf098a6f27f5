import type { DatabaseSync, SQLInputValue, SQLOutputValue, StatementSync } from 'node:sqlite';
import { quantize } from '../vectors/quantize.ts';
import type { Analyzer } from '../words/analyzer.ts';
import type { Query } from '../words/query.ts';
import { filterSql } from './filter-sql.ts';
import type { Hit, IndexedDocument, IndexStore, PendingPassage, SearchScope } from './index-store.ts';
import { eachExpression, matchExpression } from './match-expression.ts';
import { type PreparedDocument, prepareDocument } from './prepared-document.ts';
import { fts5Weight, rankByWord } from './rank-by-word.ts';
import { DROP_INDEX, INDEX_SCHEMA, INDEX_SCHEMA_VERSION, VECTOR_SCHEMA } from './schema.ts';
import { Sections } from './sections.ts';
import { VectorTable } from './vector-table.ts';
import { Vocabulary } from './vocabulary.ts';
import {
  bestRank,
  shareOf,
  type WantedWords,
  WIDENED_WORDS,
  type WordStatistics,
  wantedWords,
  weightOf,
} from './wanted-words.ts';

/** Passages from each way of ranking. */
const CANDIDATES = 100;
/** Passages so few that each word is asked for alone. */
const SMALL = 500;
/** Fewest letters of a part of a compound. */
const SHORTEST_PART = 4;
/** Weights of a word in the title or path, in a heading, in the text. */
const RANK = 'bm25(search_words, 4, 2, 1)';
const HEADINGS = `(WITH RECURSIVE around (section, headings, distance) AS (
    SELECT p.section, p.headings, 0
    UNION ALL SELECT s.section, s.headings, distance + 1 FROM around JOIN search_passages s ON s.id = around.section
  ) SELECT group_concat(headings, char(10) ORDER BY distance DESC) FROM around)`;
const COLUMNS = `d.path, p.start, p."end", p.line, ${HEADINGS} AS headings, lower(hex(p.hash)) AS hash`;

/** Options of an index. */
export interface SqliteIndexOptions {
  /** Makes the words of texts and queries. */
  readonly analyzer: Analyzer;
  /** The model whose vectors it keeps; those of another are dropped. */
  readonly embedderId?: string | undefined;
  /** Called when its tables are made, or made again, in the same transaction: they hold nothing then. */
  readonly onMade?: (() => void) | undefined;
}

/** An index in a database that its caller opened; its changes belong to the transaction that is open there. */
export class SqliteIndexStore implements IndexStore {
  readonly #database: DatabaseSync;
  readonly #analyzer: Analyzer;
  readonly #statements = new Map<string, StatementSync>();
  /** What was counted; counting takes longer the more passages hold a word. */
  #known:
    | { readonly version: string; readonly passages: number; readonly frequencies: Map<string, number> }
    | undefined;
  #vectors: { readonly version: string; readonly table: VectorTable } | undefined;
  #vocabulary: { readonly version: string; readonly words: Vocabulary } | undefined;

  constructor(database: DatabaseSync, { analyzer, embedderId, onMade }: SqliteIndexOptions) {
    this.#database = database;
    this.#analyzer = analyzer;
    // Opening waits for no writer, unless tables have to be made.
    if (!this.#isPrepared(embedderId)) this.transaction(() => this.#prepareTables(embedderId, onMade));
  }

  /** Path and version of every file that is indexed below a directory. */
  *known(below = ''): Generator<readonly [path: string, version: string]> {
    const { sql, values } = pathSql(below);
    for (const row of this.#sql(`SELECT d.path, d.version FROM search_documents d WHERE ${sql}`).all(
      ...values,
    )) {
      yield [String(row.path), String(row.version)];
    }
  }

  /** Runs `body` all or nothing; within another transaction, as a part of that. */
  transaction<T>(body: () => T): T {
    if (this.#database.isTransaction) return body();
    this.#database.exec('BEGIN IMMEDIATE');
    try {
      const result = body();
      this.#database.exec('COMMIT');
      return result;
    } catch (error) {
      // SQLite itself may have ended the transaction.
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
      throw error;
    }
  }

  /** Puts a file into the index, in place of the one with its path. */
  put(document: IndexedDocument): void {
    this.putPrepared(this.prepare(document));
  }

  /** Takes a text apart. That takes long, so it is done before a transaction, for which others wait. */
  prepare(document: IndexedDocument): PreparedDocument {
    return prepareDocument(document, this.#analyzer);
  }

  /** Like `put`, for a document that is taken apart already. */
  putPrepared({ document, record, names, passages }: PreparedDocument): void {
    this.transaction(() => {
      this.remove(document.path);
      const first = Number(this.#sql('SELECT max(id) AS last FROM search_passages').get()!.last ?? 0) + 1;
      const { lastInsertRowid: id } = this.#sql(
        'INSERT INTO search_documents (path, version, attributes, first, last) VALUES (?, ?, ?, ?, ?)',
      ).run(document.path, document.version, JSON.stringify(record), first, first + passages.length - 1);
      const sections = new Sections();
      for (const [at, { start, end, line, headings, hash, headingWords, words }] of passages.entries()) {
        const passage = first + at;
        const { section, begun } = sections.place(passage, headings);
        this.#sql(
          `INSERT INTO search_passages (id, document, start, "end", line, section, headings, hash)
             VALUES (?, ?, ?, ?, ?, ?, ?, unhex(?))`,
        ).run(passage, id, start, end, line, section, begun, hash);
        this.#sql('INSERT INTO search_words (rowid, title, heading, body) VALUES (?, ?, ?, ?)').run(
          passage,
          names,
          headingWords,
          words,
        );
      }
    });
  }

  /** Forgets a file. */
  remove(path: string): void {
    this.transaction(() => {
      const document = this.#sql('SELECT id, first, last FROM search_documents WHERE path = ?').get(path);
      if (document === undefined) return;
      const { id, first, last } = document as { id: number; first: number; last: number };
      this.#sql('DELETE FROM search_words WHERE rowid BETWEEN ? AND ?').run(first, last);
      this.#sql('DELETE FROM search_passages WHERE id BETWEEN ? AND ?').run(first, last);
      this.#sql('DELETE FROM search_documents WHERE id = ?').run(id);
    });
  }

  match(query: Query, scope: SearchScope): readonly Hit[] {
    const statistics = this.#statistics();
    const wanted = wantedWords(query, statistics);
    if (wanted === undefined) return [];
    const { passages } = statistics;
    if (passages <= SMALL) return this.#matchByWord(wanted, passages, scope);
    const { expression, times } = matchExpression(wanted);
    const best = times * bestRank(wanted, (count) => fts5Weight(count, passages));
    const { sql, values } = scopeSql(scope);
    // Without filters, only the passages that rank first need to be looked up.
    const ranked = isEverywhere(scope)
      ? `SELECT rowid AS id, ${RANK} AS rank FROM search_words WHERE search_words MATCH ?`
      : `SELECT p.id, ${RANK} AS rank FROM search_words JOIN search_passages p ON p.id = search_words.rowid
           JOIN search_documents d ON d.id = p.document WHERE search_words MATCH ? AND ${sql}`;
    return this.#sql(
      `SELECT ${COLUMNS}, f.rank FROM (${ranked} ORDER BY rank LIMIT ${CANDIDATES}) f
         JOIN search_passages p ON p.id = f.id JOIN search_documents d ON d.id = p.document ORDER BY f.rank`,
    )
      .all(expression, ...values)
      .map((row) => ({ ...toPassage(row), score: shareOf(-Number(row.rank), best) }));
  }

  #matchByWord(wanted: WantedWords, passages: number, scope: SearchScope): Hit[] {
    const one = this.#sql(`SELECT rowid AS id, ${RANK} AS rank FROM search_words WHERE search_words MATCH ?`);
    const ranks = rankByWord(eachExpression(wanted), passages, (expression) =>
      one.all(expression).map(({ id, rank }) => ({ id: Number(id), rank: Number(rank) })),
    );
    const best = bestRank(wanted, (count) => weightOf(count, passages));
    const { sql, values } = scopeSql(scope);
    return this.#sql(
      `SELECT p.id, ${COLUMNS} FROM json_each(?) r JOIN search_passages p ON p.id = r.value
         JOIN search_documents d ON d.id = p.document WHERE ${sql}`,
    )
      .all(JSON.stringify([...ranks.keys()]), ...values)
      .map((row) => ({ row, rank: ranks.get(Number(row.id))! }))
      .sort((a, b) => b.rank - a.rank)
      .slice(0, CANDIDATES)
      .map(({ row, rank }) => ({ ...toPassage(row), score: shareOf(rank, best) }));
  }

  near(vector: Float32Array, scope: SearchScope): readonly Hit[] {
    const { sql, values } = scopeSql(scope);
    const from = 'FROM search_passages p JOIN search_documents d ON d.id = p.document';
    const among = isEverywhere(scope)
      ? undefined
      : new Set(
          this.#sql(`SELECT DISTINCT lower(hex(p.hash)) AS hash ${from} WHERE ${sql}`)
            .all(...values)
            .map(({ hash }) => String(hash)),
        );
    const nearest = this.#vectorTable(vector.length).nearest(vector, CANDIDATES, among);
    return nearest.flatMap(({ hash, similarity }) =>
      this.#passages(`SELECT ${COLUMNS} ${from} WHERE p.hash = unhex(?) AND ${sql}`, [hash, ...values]).map(
        (passage) => ({ ...passage, score: Math.min(1, Math.max(0, similarity)) }),
      ),
    );
  }

  pending(limit: number, except: ReadonlySet<string>): readonly PendingPassage[] {
    return this.#passages(
      `SELECT ${COLUMNS} FROM search_passages p JOIN search_documents d ON d.id = p.document
       WHERE p."end" > p.start AND p.hash NOT IN (SELECT hash FROM search_vectors)
         AND p.hash NOT IN (SELECT unhex(value) FROM json_each(?))
       GROUP BY p.hash LIMIT ?`,
      [JSON.stringify([...except]), limit],
    );
  }

  countPending(): number {
    const sql = `SELECT count(DISTINCT hash) AS count FROM search_passages
      WHERE "end" > start AND hash NOT IN (SELECT hash FROM search_vectors)`;
    return Number(this.#sql(sql).get()!.count);
  }

  keepVectors(vectors: ReadonlyMap<string, Float32Array>): void {
    this.transaction(() => {
      for (const [hash, vector] of vectors) {
        const { scale, data } = quantize(vector);
        this.#sql('INSERT OR REPLACE INTO search_vectors (hash, scale, data) VALUES (unhex(?), ?, ?)').run(
          hash,
          scale,
          data,
        );
      }
    });
  }

  forgetUnusedVectors(): void {
    this.#sql('DELETE FROM search_vectors WHERE hash NOT IN (SELECT hash FROM search_passages)').run();
  }

  takeTurn(holder: string, lease: number): boolean {
    const now = Date.now();
    const { changes } = this.#sql(
      `INSERT INTO search_turn (id, holder, ends_at) VALUES (1, ?1, ?2) ON CONFLICT (id)
         DO UPDATE SET holder = ?1, ends_at = ?2 WHERE holder = ?1 OR ends_at NOT BETWEEN ?3 AND ?2`,
    ).run(holder, now + lease, now);
    return changes > 0;
  }

  turnHolder(): string | undefined {
    const holder = this.#sql('SELECT holder FROM search_turn').get()?.holder;
    return holder === undefined ? undefined : String(holder);
  }

  endTurn(holder: string): void {
    this.#sql('DELETE FROM search_turn WHERE holder = ?').run(holder);
  }

  #statistics(): WordStatistics {
    const version = this.#version();
    if (this.#known?.version !== version) {
      const passages = Number(this.#sql('SELECT count(*) AS count FROM search_passages').get()!.count);
      this.#known = { version, passages, frequencies: new Map() };
    }
    const { passages, frequencies } = this.#known;
    return {
      passages,
      frequency: (token) => {
        const frequency = frequencies.get(token) ?? this.#frequency(token);
        // Only of words that are there, so that no questions fill the memory.
        if (frequency > 0) frequencies.set(token, frequency);
        return frequency;
      },
      holding: (word) => this.#holding(word),
    };
  }

  /** Words that contain a word, or all of it but its last letter. */
  #holding(word: string): readonly string[] {
    if (word.length < SHORTEST_PART) return [];
    const part = word.slice(0, Math.max(SHORTEST_PART, word.length - 1));
    return this.#compounds().holding(part, WIDENED_WORDS);
  }

  /** Passages that hold a token. */
  #frequency(token: string): number {
    return Number(this.#sql('SELECT doc FROM search_vocabulary WHERE term = ?').get(token)?.doc ?? 0);
  }

  /** Words that may contain others, most frequent first; read again once the database has changed. */
  #compounds(): Vocabulary {
    const version = this.#version();
    if (this.#vocabulary?.version !== version) {
      const sql = 'SELECT term FROM search_vocabulary WHERE length(term) >= ? ORDER BY doc DESC';
      const terms = this.#sql(sql)
        .all(SHORTEST_PART)
        .map(({ term }) => String(term));
      this.#vocabulary = { version, words: new Vocabulary(terms) };
    }
    return this.#vocabulary.words;
  }

  /** A value that changes with every change of the database, whoever makes it. */
  #version(): string {
    const { data_version: others } = this.#sql('PRAGMA data_version').get()!;
    return `${others}.${this.#sql('SELECT total_changes() AS own').get()!.own}`;
  }

  #passages(sql: string, values: readonly SQLInputValue[]): PendingPassage[] {
    return this.#sql(sql)
      .all(...values)
      .map(toPassage);
  }

  /** All vectors in memory, read again once the database has changed. */
  #vectorTable(dimensions: number): VectorTable {
    const version = this.#version();
    if (this.#vectors?.version !== version || this.#vectors.table.dimensions !== dimensions) {
      // Vectors of passages that are gone would take the places of others.
      const sql =
        'SELECT lower(hex(hash)) AS hash, scale, data FROM search_vectors WHERE hash IN (SELECT hash FROM search_passages)';
      const rows = this.#sql(sql).all();
      const vectors = rows.map(({ hash, scale, data }) => {
        const bytes = data as Uint8Array;
        return {
          hash: String(hash),
          scale: Number(scale),
          data: new Int8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength),
        };
      });
      this.#vectors = { version, table: new VectorTable(vectors, dimensions) };
    }
    return this.#vectors.table;
  }

  #isPrepared(embedderId: string | undefined): boolean {
    if (!this.#hasTables() || this.#setting('schema') !== String(INDEX_SCHEMA_VERSION)) return false;
    return embedderId === undefined || this.#setting('embedder') === embedderId;
  }

  #prepareTables(embedderId: string | undefined, onMade: (() => void) | undefined): void {
    const version = String(INDEX_SCHEMA_VERSION);
    if (!this.#hasTables() || this.#setting('schema') !== version) {
      this.#database.exec(DROP_INDEX);
      this.#database.exec(INDEX_SCHEMA);
      this.#keepSetting('schema', version);
      onMade?.();
    }
    if (embedderId === undefined || this.#setting('embedder') === embedderId) return;
    this.#database.exec(VECTOR_SCHEMA);
    this.#sql('DELETE FROM search_vectors').run();
    this.#keepSetting('embedder', embedderId);
  }

  #hasTables(): boolean {
    const sql = "SELECT 1 FROM sqlite_schema WHERE name = 'search_settings'";
    return this.#database.prepare(sql).get() !== undefined;
  }

  #setting(name: string): string | undefined {
    const value = this.#database.prepare('SELECT value FROM search_settings WHERE name = ?').get(name)?.value;
    return value === undefined ? undefined : String(value);
  }

  #keepSetting(name: string, value: string): void {
    this.#database
      .prepare('INSERT OR REPLACE INTO search_settings (name, value) VALUES (?, ?)')
      .run(name, value);
  }

  #sql(text: string): StatementSync {
    let statement = this.#statements.get(text);
    if (statement === undefined) {
      statement = this.#database.prepare(text);
      this.#statements.set(text, statement);
    }
    return statement;
  }
}

function toPassage(row: Readonly<Record<string, SQLOutputValue>>): PendingPassage {
  return {
    path: String(row.path),
    start: Number(row.start),
    end: Number(row.end),
    line: Number(row.line),
    headings: row.headings === null ? [] : String(row.headings).split('\n'),
    hash: String(row.hash),
  };
}

function isEverywhere({ path, filters }: SearchScope): boolean {
  return path === '' && filters === undefined;
}

interface Condition {
  readonly sql: string;
  readonly values: readonly SQLInputValue[];
}

/** The condition for paths below a directory: those between `dir/` and `dir0`, as "0" follows the slash. */
function pathSql(below: string): Condition {
  return below === ''
    ? { sql: '1', values: [] }
    : { sql: 'd.path >= ? AND d.path < ?', values: [`${below}/`, `${below}0`] };
}

function scopeSql({ path, filters }: SearchScope): Condition {
  const below = pathSql(path);
  if (filters === undefined) return below;
  const filter = filterSql(filters);
  return { sql: `${below.sql} AND ${filter.sql}`, values: [...below.values, ...filter.values] };
}
