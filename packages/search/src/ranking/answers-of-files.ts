/** Weight of each further passage of a file, relative to the one before it. */
const FURTHER = 0.1;

/** A passage that answers. */
interface Answer {
  readonly path: string;
  /** The score, from 0 to 1. */
  readonly score: number;
}

/**
 * The best passage of each file, with the score of the file, which grows where several passages answer. Scores are roots, and so
 * added up as squares.
 */
export function answersOfFiles<T extends Answer>(answers: readonly T[]): T[] {
  const files = new Map<string, { readonly best: T; squares: number; next: number }>();
  for (const answer of answers) {
    const file = files.get(answer.path);
    if (file === undefined) {
      files.set(answer.path, { best: answer, squares: answer.score ** 2, next: FURTHER });
    } else {
      file.squares += answer.score ** 2 * file.next;
      file.next *= FURTHER;
    }
  }
  return [...files.values()]
    .map(({ best, squares }) => ({ ...best, score: Math.sqrt(Math.min(1, squares)) }))
    .sort((a, b) => b.score - a.score);
}
