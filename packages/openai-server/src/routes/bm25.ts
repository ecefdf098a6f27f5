const K1 = 1.2;
const B = 0.75;
/** The raw score that becomes 0.5. */
const HALF = 4;

/** Okapi BM25, squeezed into 0 to 1, best first; texts without a word of the query are left out. */
export function rank<T>(
  query: string,
  items: readonly T[],
  textOf: (item: T) => string,
): { item: T; score: number }[] {
  const terms = [...new Set(words(query))];
  const documents = items.map((item) => {
    const counts = new Map<string, number>();
    let length = 0;
    for (const word of words(textOf(item))) {
      counts.set(word, (counts.get(word) ?? 0) + 1);
      length += 1;
    }
    return { item, counts, length };
  });
  const average = documents.reduce((sum, { length }) => sum + length, 0) / (documents.length || 1);
  const weights = terms.map((term) => {
    const holders = documents.filter(({ counts }) => counts.has(term)).length;
    return Math.log(1 + (documents.length - holders + 0.5) / (holders + 0.5));
  });
  return documents
    .map(({ item, counts, length }) => {
      let raw = 0;
      terms.forEach((term, index) => {
        const count = counts.get(term) ?? 0;
        raw += (weights[index]! * count * (K1 + 1)) / (count + K1 * (1 - B + (B * length) / average));
      });
      return { item, score: raw / (raw + HALF) };
    })
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score);
}

/** Lower-case words without the endings that tell "tomatoes" from "tomato" and "apples" from "apple". */
function words(text: string): string[] {
  const found = text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
  return found.map((word) => (word.length > 3 ? word.replace(/e?s$|e$/, '') : word));
}
