import { once } from 'node:events';
import type { Colors } from './colors.ts';
import type { Terminal } from './io.ts';

/** Standard output: lines for people, or with `--json` one JSON document a line. */
export class Output {
  readonly json: boolean;
  readonly colors: Colors;
  /** Number of times that something was printed. */
  writes = 0;
  readonly #stream: Terminal;
  readonly #signal: AbortSignal;

  constructor(stream: Terminal, json: boolean, colors: Colors, signal: AbortSignal) {
    this.#stream = stream;
    this.json = json;
    this.colors = colors;
    this.#signal = signal;
  }

  /** Writes one result: `record` with `--json`, else `text`, or nothing if there is none. */
  async item(record: object, text?: string): Promise<void> {
    if (this.json) await this.write(`${JSON.stringify(record)}\n`);
    else if (text !== undefined) await this.write(`${text}\n`);
  }

  /** Writes, and waits while the reader is slow. */
  async write(chunk: string | Uint8Array): Promise<void> {
    this.#signal.throwIfAborted();
    this.writes++;
    if (!this.#stream.write(chunk)) await once(this.#stream, 'drain', { signal: this.#signal });
  }
}
