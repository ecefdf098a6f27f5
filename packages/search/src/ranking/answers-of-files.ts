/** How much each further passage of a file counts, beside the one before it. */
const FURTHER = 0.1;

/** A passage that answers. */
interface Answer {
  readonly path: string;
  /** From 0 to 1. */
  readonly score: number;
}

/**
 * The best passage of each file, with the score of the file: what several passages speak of, a file is more likely about. Scores are
 * roots of what is said: they are added up as squares.
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
