import {
  bestRank,
  ENOUGH_PASSAGES,
  MOST_OF_A_WORD,
  type Query,
  type WantedWord,
  WIDENED_WORDS,
  wantedWords,
  weightOf,
} from '@f9/search';
import type { RunStatement } from '../database/connection.ts';
import { lexeme } from './document.ts';

/** A query in the form of the index. */
export interface Question {
  /** A `tsquery`; passages that match any of it are ranked. */
  readonly deciding: string;
  /** Parts of the rank: a `tsquery` each, and its weight. */
  readonly ranking: readonly {
    readonly query: string;
    readonly weight: number;
    readonly isPhrase: boolean;
  }[];
  /** Average number of words in a passage. */
  readonly length: number;
  /** The best rank that a passage could have. */
  readonly best: number;
}

/** A `tsquery`, and the most that it can count. */
export interface Ranking {
  readonly query: string;
  readonly weight: number;
  readonly isPhrase: boolean;
}

/** Passages from which on the average length is known well enough. */
const SAMPLE = 5000;
/** Fewest letters of a part of a compound. */
const SHORTEST_PART = 4;

/** Turns a query into one for the server; `undefined` where it has no words. */
export async function questionOf(
  query: Query,
  read: RunStatement,
  gatherVocabulary: () => Promise<void>,
): Promise<Question | undefined> {
  if (query.words.length === 0) return undefined;
  const phrases = query.phrases.map((tokens) => tokens.map(lexeme).join(' <-> '));
  const tokens = [...new Set(query.words.flatMap((word) => word.tokens))];
  const begins = query.prefix === undefined ? [] : [beginning(query.prefix)];
  const asked = [...tokens.map(lexeme), ...begins, ...phrases];
  const { passages, length, counts } = await countsOf(asked, tokens, read);

  const missing = query.words.filter((word) => word.tokens.every((token) => counts.get(lexeme(token)) === 0));
  const wider = await compoundsWith(
    missing.map(({ word }) => word),
    read,
    gatherVocabulary,
  );
  for (const { word, passages: count } of [...wider.values()].flat()) counts.set(lexeme(word), count);
  const wanted = wantedWords(query, {
    passages,
    frequency: (token) => counts.get(lexeme(token)) ?? 0,
    holding: (word) => (wider.get(word) ?? []).map((each) => each.word),
  })!;
  const weightOfCount = (count: number): number => weightOf(count, passages);
  const weight = (each: string): number => MOST_OF_A_WORD * weightOfCount(counts.get(each) ?? 0);
  const words = [...wanted.deciding, ...wanted.others].flatMap(queriesOf);
  return {
    deciding: [...wanted.deciding.flatMap(queriesOf), ...(wanted.others.length === 0 ? phrases : [])].join(
      ' | ',
    ),
    ranking: [
      ...words.map((each) => ({ query: each, weight: weight(each), isPhrase: false })),
      ...phrases.map((each) => ({ query: each, weight: weight(each), isPhrase: true })),
    ],
    length,
    best: bestRank(wanted, weightOfCount),
  };
}

function queriesOf({ tokens, prefix }: WantedWord): string[] {
  return [...tokens.map(lexeme), ...(prefix === undefined ? [] : [beginning(prefix)])];
}

function beginning(prefix: string): string {
  return `${lexeme(prefix)}:*`;
}

interface Counts {
  readonly passages: number;
  readonly length: number;
  readonly counts: Map<string, number>;
}

/** The number of passages for each query; for frequent words of a large vault, from the server's own statistics where it has any. */
async function countsOf(
  queries: readonly string[],
  tokens: readonly string[],
  read: RunStatement,
): Promise<Counts> {
  const rows = await read(
    `WITH known AS (
       SELECT reltuples FROM pg_class WHERE oid = 'search_passages'::regclass
     ), sample AS (
       SELECT count(*), avg(length) AS length FROM (SELECT length FROM search_passages LIMIT ${SAMPLE}) part
     ), overall AS (
       SELECT CASE WHEN count < ${SAMPLE} THEN count ELSE greatest(count, reltuples::bigint) END AS count, length FROM sample, known
     ), common AS (
       SELECT word, share FROM pg_stats, unnest(most_common_elems::text::text[], most_common_elem_freqs) AS c (word, share)
       WHERE schemaname = current_schema() AND tablename = 'search_passages' AND attname = 'words'
         AND word IN (SELECT * FROM json_array_elements_text($2::text::json)) AND (SELECT reltuples >= ${SAMPLE} FROM known)
     )
     SELECT asked.query, counted.count, common.share FROM json_to_recordset($1::text::json) AS asked (query text, token text)
       LEFT JOIN common ON common.word = asked.token,
       LATERAL (SELECT count(*) FROM (
         SELECT FROM search_passages WHERE common.word IS NULL AND words @@ asked.query::tsquery LIMIT ${ENOUGH_PASSAGES}
       ) found) counted
     UNION ALL SELECT NULL, count, length FROM overall`,
    [JSON.stringify(queries.map((query, at) => ({ query, token: tokens[at] }))), JSON.stringify(tokens)],
  );
  const every = rows.find(({ query }) => query === null)!;
  const passages = Number(every.count);
  const counts = rows.map(({ query, count, share }): [string, number] => [
    String(query),
    share === null ? Number(count) : Math.round(Number(share) * passages),
  ]);
  return { passages, length: Number(every.share ?? 1), counts: new Map(counts) };
}

/** Words of the vocabulary that contain one of these, or all of it but its last letter. */
async function compoundsWith(
  words: readonly string[],
  read: RunStatement,
  gatherVocabulary: () => Promise<void>,
): Promise<Map<string, { readonly word: string; readonly passages: number }[]>> {
  const found = new Map<string, { readonly word: string; readonly passages: number }[]>();
  const parts = words
    .filter((word) => word.length >= SHORTEST_PART)
    .map((word) => ({ word, part: word.slice(0, Math.max(SHORTEST_PART, word.length - 1)) }));
  if (parts.length === 0) return found;
  await gatherVocabulary();
  const rows = await read(
    `SELECT asked.word AS asked, v.word, v.passages FROM json_to_recordset($1::text::json) AS asked (word text, part text),
       LATERAL (SELECT word, passages FROM search_vocabulary WHERE strpos(word, part) > 0
         ORDER BY passages DESC, word LIMIT ${WIDENED_WORDS}) v`,
    [JSON.stringify(parts)],
  );
  for (const { asked, word, passages } of rows) {
    const known = found.get(String(asked)) ?? [];
    known.push({ word: String(word), passages: Number(passages) });
    found.set(String(asked), known);
  }
  return found;
}
