import { createInterface } from 'node:readline/promises';
import { ReadStream } from 'node:tty';
import { EXIT } from './exit-codes.ts';
import { type Io, Stopped } from './io.ts';
import { visibleLine } from './text.ts';

const CTRL_C = 0x03;

/** Asks a person questions, one after another, on standard error, since standard output is for results. */
export class Interview implements Disposable {
  readonly #lines: AsyncIterator<string>;
  readonly #reader: Disposable;
  readonly #io: Io;

  constructor(io: Io) {
    const reader = createInterface({ input: io.stdin, terminal: false, signal: io.signal });
    this.#lines = reader[Symbol.asyncIterator]();
    this.#reader = { [Symbol.dispose]: () => reader.close() };
    this.#io = io;
  }

  /** @param answer the answer that an empty line gives @throws `Stopped` where nobody answers any more */
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

  /** Asks for a secret, of which a terminal shows nothing. */
  async askSecret(question: string): Promise<string> {
    const { stdin, stderr } = this.#io;
    if (!(stdin instanceof ReadStream)) return await this.ask(question);
    // In this mode the terminal neither edits the line nor handles Ctrl-C.
    stdin.setRawMode(true);
    const interrupt = (keys: Buffer): void => {
      if (keys.includes(CTRL_C)) process.kill(process.pid, 'SIGINT');
    };
    stdin.on('data', interrupt);
    try {
      const typed = await this.ask(question);
      stderr.write('\n');
      return edited(typed);
    } finally {
      stdin.off('data', interrupt);
      stdin.setRawMode(false);
    }
  }

  [Symbol.dispose](): void {
    this.#reader[Symbol.dispose]();
  }
}

/** The line that remains of typed keys, once those that delete have done so. */
function edited(keys: string): string {
  let line = '';
  for (const key of keys) line = key === '\b' || key === '\u007f' ? line.slice(0, -1) : line + key;
  return line;
}
