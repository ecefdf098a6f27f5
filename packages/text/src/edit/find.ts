/** Where a search text stands: offsets into the text as it is stored, the end exclusive. */
export interface Occurrence {
  readonly start: number;
  readonly end: number;
}

/** A text with every CRLF as LF, and where each of its characters stood. */
export class UnixText {
  readonly text: string;
  /** Offsets in `text` of those LF that were CRLF. */
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

/** Every place where `search` stands in `stored`, overlapping ones included; CRLF and LF are the same to it. */
export function* occurrences(stored: string, search: string): Generator<Occurrence> {
  const unix = new UnixText(stored);
  const wanted = search.replaceAll('\r\n', '\n');
  for (let at = unix.text.indexOf(wanted); at !== -1; at = unix.text.indexOf(wanted, at + 1)) {
    yield { start: unix.storedOffset(at), end: unix.storedOffset(at + wanted.length) };
  }
}

/** The line, counted from 1, that `offset` lies in. */
export function lineAt(text: string, offset: number): number {
  let line = 1;
  for (let at = text.indexOf('\n'); at !== -1 && at < offset; at = text.indexOf('\n', at + 1)) line++;
  return line;
}
