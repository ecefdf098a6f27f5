import { weightOf } from './wanted-words.ts';

/** A passage, and FTS5's rank of it: the lower, the better. */
export interface RankedRow {
  readonly id: number;
  readonly rank: number;
}

/**
 * The ranks of passages, the higher the better, each word weighed by `weightOf`. FTS5 weighs words of half the passages as nothing,
 * which in a small vault are most.
 */
export function rankByWord(
  expressions: readonly string[],
  passages: number,
  rowsOf: (expression: string) => readonly RankedRow[],
): Map<number, number> {
  const ranks = new Map<number, number>();
  for (const expression of expressions) {
    const rows = rowsOf(expression);
    const factor = weightOf(rows.length, passages) / fts5Weight(rows.length, passages);
    for (const { id, rank } of rows) ranks.set(id, (ranks.get(id) ?? 0) - rank * factor);
  }
  return ranks;
}

/** The weight that FTS5's bm25 gives a word found in so many passages. */
export function fts5Weight(count: number, passages: number): number {
  const weight = Math.log((passages - count + 0.5) / (count + 0.5));
  return weight > 0 ? weight : 1e-6;
}
