/** The line endings of a text around its places; for places that ascend it looks at the text once. */
export class LineEndings {
  readonly #text: string;
  /** The offset that `#next` was looked for from, and the first line feed at or behind it, or -1. */
  #from = 0;
  #next: number;
  /** The offset of the last line feed, once it was looked for. */
  #last: number | undefined;

  constructor(text: string) {
    this.#text = text;
    this.#next = text.indexOf('\n');
  }

  /** `inserted` with the line endings at `start`: the next one's, or where no more follows the last one's, or its own. */
  fitted(inserted: string, start: number): string {
    if (!inserted.includes('\n')) return inserted;
    const ending = this.#near(start);
    if (ending === undefined) return inserted;
    const unix = inserted.replaceAll('\r\n', '\n');
    return ending === '\n' ? unix : unix.replaceAll('\n', ending);
  }

  #near(start: number): string | undefined {
    const isKnown = this.#from <= start && (this.#next === -1 || this.#next >= start);
    if (!isKnown) [this.#from, this.#next] = [start, this.#text.indexOf('\n', start)];
    if (this.#next !== -1) return this.#endingAt(this.#next);
    this.#last ??= this.#text.lastIndexOf('\n');
    return this.#endingAt(this.#last);
  }

  #endingAt(at: number): string | undefined {
    if (at === -1) return undefined;
    return this.#text[at - 1] === '\r' ? '\r\n' : '\n';
  }
}
