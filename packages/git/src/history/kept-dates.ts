import { hash } from 'node:crypto';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';

/** The commits that touched a file, as seconds since 1970. */
export interface Span {
  first: number;
  last: number;
  /** Whether the commit that added the file was seen. */
  added: boolean;
}

/** The dates of every file as one commit has them. */
export interface KeptDates {
  readonly head: string;
  /** The commits that the history was cut at. */
  readonly shallow: ReadonlySet<string>;
  readonly spans: Map<string, Span>;
}

const HEADER = 'f9 dates 1';
/** Entries between two turns of the event loop. */
const SLICE = 4096;

/**
 * The dates that some process found out, from one process to the next. All of it can be found out again: a file that is not whole, or
 * not to be written, is as good as none.
 */
export class KeptDatesFile {
  readonly #path: string;

  constructor(stateDirectory: string) {
    this.#path = `${stateDirectory}/dates`;
  }

  async read(): Promise<KeptDates | undefined> {
    const bytes = this.#bytes();
    const start = bytes === undefined ? -1 : bytes.indexOf('\0');
    const body = bytes?.subarray(start + 1);
    if (body === undefined || bytes!.toString('latin1', 0, start) !== headerOf(body)) return undefined;
    const [head = '', shallow = '', ...entries] = body.toString().split('\0');
    const spans = new Map<string, Span>();
    for (const [at, entry] of entries.entries()) {
      if (at % SLICE === SLICE - 1) await setImmediate();
      const second = entry.indexOf(' ') + 1;
      const third = entry.indexOf(' ', second) + 1;
      spans.set(entry.slice(third + 2), {
        first: Number(entry.slice(0, second - 1)),
        last: Number(entry.slice(second, third - 1)),
        added: entry[third] === '1',
      });
    }
    return { head, shallow: new Set(shallow.split(' ').filter(Boolean)), spans };
  }

  async write({ head, shallow, spans }: KeptDates): Promise<void> {
    const fields = [head, [...shallow].join(' ')];
    for (const [path, { first, last, added }] of spans) {
      if (fields.length % SLICE === 0) await setImmediate();
      fields.push(`${first} ${last} ${added ? 1 : 0} ${path}`);
    }
    const body = Buffer.from(fields.join('\0'));
    try {
      writeFileSync(`${this.#path}.new`, Buffer.concat([Buffer.from(`${headerOf(body)}\0`), body]));
      renameSync(`${this.#path}.new`, this.#path);
    } catch {
      // The next process finds them out itself.
    }
  }

  #bytes(): Buffer | undefined {
    try {
      return readFileSync(this.#path);
    } catch {
      return undefined;
    }
  }
}

/** The sum tells a file that two processes wrote at once. */
function headerOf(body: Buffer): string {
  return `${HEADER} ${hash('sha256', body)}`;
}
