/** An item with its final score, from 0 to 1. */
export interface Ranked<T> {
  readonly item: T;
  readonly score: number;
}

/** Items by one way of ranking, best first. */
export interface Ranking<T> {
  readonly items: readonly T[];
  readonly weight: number;
}

/** Damping of the first places; the lower, the more they count. */
const K = 20;

/**
 * Reciprocal rank fusion: what several rankings agree on comes first, whatever their scores mean.
 * Source: Cormack, Clarke, Buettcher, "Reciprocal rank fusion outperforms Condorcet", SIGIR 2009.
 */
export function fuse<T>(rankings: readonly Ranking<T>[]): Ranked<T>[] {
  const scores = new Map<T, number>();
  let best = 0;
  for (const { items, weight } of rankings) {
    best += weight / (K + 1);
    for (const [place, item] of items.entries()) {
      scores.set(item, (scores.get(item) ?? 0) + weight / (K + place + 1));
    }
  }
  return [...scores]
    .map(([item, score]) => ({ item, score: score / best }))
    .sort((a, b) => b.score - a.score);
}
