import type { MirrorProgress } from '@f9/core';
import type { Context } from '../context.ts';
import type { Log } from '../terminal/log.ts';
import { formatBytes, formatCount } from '../terminal/text.ts';

/** Milliseconds between two lines where no terminal draws one over itself. */
const INTERVAL = 10_000;

/**
 * Shows the progress of a mirror: a line drawn over itself on a terminal, else a line now and then; with a log, a line for each file
 * that is changed.
 */
export class ProgressReport {
  readonly #context: Context;
  readonly #log: Log | undefined;
  #last = '';
  #saidAt = performance.now();

  constructor(context: Context, log: Log | undefined) {
    this.#context = context;
    this.#log = log;
  }

  show(now: MirrorProgress): void {
    const { phase, path, reason, bytes } = now;
    this.#last = path ?? this.#last;
    if (this.#log !== undefined && reason !== undefined) {
      this.#saidAt = performance.now();
      this.#log.line(phase, `${phase} ${path}  ${reason}`, { path, reason, bytes });
    } else if (this.#log === undefined && this.#context.io.stderr.isTTY === true) {
      this.#context.progress.show(() => progressText(now, this.#last));
    } else if (performance.now() - this.#saidAt > INTERVAL) {
      this.#saidAt = performance.now();
      this.#context.note(progressText(now, this.#last));
    }
  }
}

/** The progress in one line. @param last the file that was finished last */
function progressText({ phase, done, total, bytes, bytesPerSecond }: MirrorProgress, last: string): string {
  const files = total === 0 ? '' : `  ${formatCount(done)}/${formatCount(total)} files`;
  const moved = bytes === 0 ? '' : `  ${formatBytes(bytes)}  ${formatBytes(bytesPerSecond)}/s`;
  return `${phase}${files}${moved}  ${last}`.trimEnd();
}
