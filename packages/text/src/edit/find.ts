/** A match of a search text: offsets into the stored text, the end exclusive. */
export interface Occurrence {
  readonly start: number;
  readonly end: number;
}

/** A text with every CRLF as LF, which knows the stored position of each character. */
export class UnixText {
  readonly text: string;
  /** Offsets in `text` of each LF that was a CRLF. */
  readonly #shortened: number[] = [];

  constructor(stored: string) {
    let text = '';
    let from = 0;
    for (let at = stored.indexOf('\r\n'); at !== -1; at = stored.indexOf('\r\n', from)) {
      text += stored.slice(from, at);
      this.#shortened.push(text.length);
      from = at + 1;
    }
    this.text = text + stored.slice(from);
  }

  /** The offset in the stored text of the character at `offset` of this one. */
  storedOffset(offset: number): number {
    let low = 0;
    let high = this.#shortened.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#shortened[middle]! < offset) low = middle + 1;
      else high = middle;
    }
    return offset + low;
  }
}

/** Every match of `search` in `stored`, in order; CRLF and LF are the same. */
export function* occurrences(
  stored: string,
  search: string,
  { overlapping }: { readonly overlapping: boolean },
): Generator<Occurrence, undefined> {
  const unix = new UnixText(stored);
  const wanted = search.replaceAll('\r\n', '\n');
  const step = overlapping ? 1 : wanted.length;
  for (let at = unix.text.indexOf(wanted); at !== -1; at = unix.text.indexOf(wanted, at + step)) {
    yield { start: unix.storedOffset(at), end: unix.storedOffset(at + wanted.length) };
  }
}

/** Counts the lines of a text, from 1, up to offsets that never go back: once over the text for all of them. */
export class LineCounter {
  readonly #text: string;
  #line = 1;
  #next: number;

  constructor(text: string) {
    this.#text = text;
    this.#next = text.indexOf('\n');
  }

  lineAt(offset: number): number {
    for (; this.#next !== -1 && this.#next < offset; this.#next = this.#text.indexOf('\n', this.#next + 1))
      this.#line++;
    return this.#line;
  }
}
