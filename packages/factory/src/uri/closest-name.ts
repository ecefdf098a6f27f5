import { closest } from 'fastest-levenshtein';

/** A sentence for a mistyped name: the nearest known one, and all of them. */
export function suggestName(name: string, known: readonly string[]): string {
  if (known.length === 0) return 'There are none';
  return `The closest is ${JSON.stringify(closest(name.toLowerCase(), known))}; there are ${known.join(', ')}`;
}
