import type { Terminal } from './io.ts';
import { shortened, visibleLine } from './text.ts';

/** Milliseconds between two drawings. */
const INTERVAL = 80;
const CLEAR = '\r\u001b[K';

/** One line of progress, drawn over itself; silent where there is no terminal. */
export class ProgressLine implements Disposable {
  readonly #stream: Terminal;
  #drawnAt = Number.NEGATIVE_INFINITY;

  constructor(stream: Terminal) {
    this.#stream = stream;
  }

  /** Whether there is a line now. */
  get hasDrawn(): boolean {
    return this.#drawnAt !== Number.NEGATIVE_INFINITY;
  }

  /** @param text called only when the line is drawn */
  show(text: () => string): void {
    if (this.#stream.isTTY !== true) return;
    const now = performance.now();
    if (now - this.#drawnAt < INTERVAL) return;
    this.#drawnAt = now;
    // A full line would wrap, and could not be drawn over.
    const width = (this.#stream.columns || 80) - 1;
    this.#stream.write(CLEAR + shortened(visibleLine(text()), width));
  }

  [Symbol.dispose](): void {
    if (this.hasDrawn) this.#stream.write(CLEAR);
    this.#drawnAt = Number.NEGATIVE_INFINITY;
  }
}
