import type { Terminal } from './io.ts';
import { visibleLine } from './text.ts';

export const LOG_FORMATS = ['text', 'json'] as const;
export type LogFormat = (typeof LOG_FORMATS)[number];

/** The log of a long run: on standard error, a line for each event, with the time. */
export class Log {
  readonly format: LogFormat;
  readonly #stream: Terminal;

  constructor(stream: Terminal, format: LogFormat) {
    this.#stream = stream;
    this.format = format;
  }

  /** @param event a word for programs to look for @param details more, for programs */
  line(event: string, text: string, details: object = {}): void {
    const time = new Date().toISOString();
    this.#stream.write(
      this.format === 'json'
        ? `${JSON.stringify({ time, event, message: text, ...details })}\n`
        : `${time}  ${visibleLine(text)}\n`,
    );
  }
}
