/** A part of a text that is found as one, with its bytes, its line and its headings. */
export interface Passage {
  /** Byte offsets into the UTF-8 of the text, the end exclusive. */
  readonly start: number;
  readonly end: number;
  /** The line that it begins on, from 1. */
  readonly line: number;
  /** The headings it stands under, outermost first; empty above the first. */
  readonly headings: readonly string[];
  readonly text: string;
}

/** UTF-16 units that a passage aims at: about 300 tokens, which every embedding model takes. */
const AIM = 1200;
const HEADING = /^ {0,3}(#{1,6})(?:[ \t]+(.*?))?(?:[ \t]+#+)?[ \t]*$/;
const FENCE = /^ {0,3}(`{3,}|~{3,})/;

/** Cuts a text at headings first, then at empty lines, then at lines, and within a line only where one is longer than a passage. */
export function* passagesOf(text: string): Generator<Passage, void, void> {
  const cutter = new PassageCutter();
  for (const line of text.split(/(?<=\n)/)) yield* cutter.push(line);
  yield* cutter.end();
}

class PassageCutter {
  readonly #headings: (string | undefined)[] = [];
  #fence: string | undefined;
  #text = '';
  #start = 0;
  #firstLine = 1;
  #at = 0;
  #line = 1;

  *push(line: string): Generator<Passage, void, void> {
    const plain = line.trimEnd();
    const heading = this.#fence === undefined ? HEADING.exec(plain) : null;
    this.#openOrCloseFence(plain);
    if (heading !== null) {
      yield* this.end();
      const level = heading[1]!.length;
      this.#headings.length = level;
      this.#headings[level - 1] = heading[2] ?? '';
    } else if (plain === '' && this.#fence === undefined && this.#text.length > AIM / 2) {
      this.#add(line);
      this.#line++;
      yield* this.end();
      return;
    }
    for (const part of partsOf(line)) {
      if (this.#text !== '' && this.#text.length + part.length > AIM) yield* this.end();
      this.#add(part);
    }
    if (line.endsWith('\n')) this.#line++;
  }

  *end(): Generator<Passage, void, void> {
    if (this.#text.trim() !== '') {
      yield {
        start: this.#start,
        end: this.#at,
        line: this.#firstLine,
        headings: this.#headings.filter((heading) => heading !== undefined && heading !== ''),
        text: this.#text,
      } as Passage;
    }
    this.#text = '';
    this.#start = this.#at;
    this.#firstLine = this.#line;
  }

  #add(part: string): void {
    this.#text += part;
    this.#at += Buffer.byteLength(part);
  }

  /** A fence closes only with one of the same kind that is at least as long. */
  #openOrCloseFence(line: string): void {
    const [, marks] = FENCE.exec(line) ?? [];
    if (marks === undefined) return;
    if (this.#fence === undefined) this.#fence = marks;
    else if (marks[0] === this.#fence[0] && marks.length >= this.#fence.length) this.#fence = undefined;
  }
}

/** Parts of a line, each as long as a passage, cut between characters. */
function* partsOf(line: string): Generator<string, void, void> {
  for (let from = 0; from < line.length; ) {
    let end = Math.min(line.length, from + AIM);
    if (end < line.length && (line.charCodeAt(end - 1) & 0xfc00) === 0xd800) end--;
    yield line.slice(from, end);
    from = end;
  }
}
