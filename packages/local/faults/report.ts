/** What a run of the harness prints, and whether it may pass. */
export class Report {
  readonly breaches: string[] = [];
  readonly #print: (line: string) => void;

  constructor(print: (line: string) => void) {
    this.#print = print;
  }

  section(title: string): void {
    this.#print(`\n${title}`);
  }

  /** Begins a table; returns what prints a row of it. The first column is text, the others are mostly figures. */
  table(...columns: readonly string[]): (...cells: readonly (string | number)[]) => void {
    const print = (cells: readonly (string | number)[]): void => {
      const [first, ...others] = cells.map(String);
      const padded = others.map((cell, i) => cell.padStart(Math.max(columns[i + 1]!.length, 8)));
      this.#print(`  ${[first!.padEnd(NAME_WIDTH), ...padded].join('  ')}`);
    };
    print(columns);
    return (...cells) => print(cells);
  }

  breach(text: string): void {
    this.breaches.push(text);
    this.#print(`  BREACH ${text}`);
  }

  /** Many of a kind: all count, and a few are shown. */
  breachAll(texts: readonly string[]): void {
    for (const text of texts.slice(0, SHOWN)) this.breach(text);
    this.breaches.push(...texts.slice(SHOWN));
    if (texts.length > SHOWN) this.#print(`  BREACH and ${texts.length - SHOWN} more like these`);
  }

  skip(what: string, why: string): void {
    this.#print(`\n!!! SKIPPED ${what}: ${why}`);
  }
}

const NAME_WIDTH = 46;
const SHOWN = 6;
