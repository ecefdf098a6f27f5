import { createInterface } from 'node:readline/promises';
import { EXIT } from './exit-codes.ts';
import { type Io, Stopped } from './io.ts';
import { visibleLine } from './text.ts';

/** Asks a person questions, one after the other, on standard error: standard output is for results. */
export class Interview implements Disposable {
  readonly #lines: AsyncIterator<string>;
  readonly #reader: Disposable;
  readonly #io: Io;

  constructor(io: Io) {
    const reader = createInterface({ input: io.stdin, terminal: false });
    this.#lines = reader[Symbol.asyncIterator]();
    this.#reader = { [Symbol.dispose]: () => reader.close() };
    this.#io = io;
  }

  /** @param answer what an empty line means @throws `Stopped` where nobody answers any more */
  async ask(question: string, answer?: string): Promise<string> {
    const { stderr, signal } = this.#io;
    for (;;) {
      signal.throwIfAborted();
      stderr.write(`${question}${answer === undefined ? '' : ` [${visibleLine(answer)}]`}: `);
      const { value, done } = await this.#lines.next();
      if (done === true) throw new Stopped('nobody answers; nothing was changed', EXIT.failed);
      const given = String(value).trim() || answer;
      if (given !== undefined) return given;
    }
  }

  [Symbol.dispose](): void {
    this.#reader[Symbol.dispose]();
  }
}
