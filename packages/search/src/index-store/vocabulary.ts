/** The words of an index as one text, in which parts of words are found by one pass. */
export class Vocabulary {
  readonly #text: string;

  /** @param words none holds a line break */
  constructor(words: readonly string[]) {
    this.#text = `\n${words.join('\n')}\n`;
  }

  /** The first words, at most `most`, that hold a part. */
  holding(part: string, most: number): string[] {
    const found: string[] = [];
    for (let at = this.#text.indexOf(part); at >= 0 && found.length < most; ) {
      const end = this.#text.indexOf('\n', at);
      found.push(this.#text.slice(this.#text.lastIndexOf('\n', at) + 1, end));
      at = this.#text.indexOf(part, end);
    }
    return found;
  }
}
