import { once } from 'node:events';
import { performance } from 'node:perf_hooks';
import { clearTimeout, setTimeout } from 'node:timers';
import { Worker } from 'node:worker_threads';
import { backendError } from '@f9/core/driver';
import { expressionHits, type LineHit } from './hits.ts';

/** The worker's program as text, so that it needs no file beside it and can be bundled. */
const PROGRAM = `
const { parentPort, workerData: { source, flags } } = require('node:worker_threads');
const hits = ${expressionHits.toString()};
parentPort.on('message', ({ text, most }) => parentPort.postMessage(hits(text, source, flags, most)));
`;

/** Matches an expression from an untrusted source in a thread of its own, which is ended when its time is up. */
export class ExpressionWorker implements AsyncDisposable {
  readonly #worker: Worker;
  readonly #timeLimit: number;
  readonly #signal: AbortSignal | undefined;
  readonly #isUp: Promise<unknown>;
  #timeLeft: number;
  #queue: Promise<unknown> = Promise.resolve();

  /** @param timeLimit milliseconds for all texts together */
  constructor(source: string, flags: string, timeLimit: number, signal: AbortSignal | undefined) {
    this.#signal = signal;
    this.#worker = new Worker(PROGRAM, { eval: true, workerData: { source, flags } });
    this.#isUp = once(this.#worker, 'online');
    // Errors of the worker are given to the caller that waits for an answer, if one does.
    this.#isUp.catch(() => undefined);
    this.#worker.on('error', () => undefined);
    this.#timeLimit = timeLimit;
    this.#timeLeft = timeLimit;
  }

  mayMatch(): boolean {
    return true;
  }

  /** Matches one text after another. @throws `INVALID_ARGUMENT` where the time is up */
  hits(text: string, most: number): Promise<LineHit[]> {
    const found = this.#queue.then(() => this.#hits(text, most));
    this.#queue = found.catch(() => undefined);
    return found;
  }

  async #hits(text: string, most: number): Promise<LineHit[]> {
    await this.#isUp;
    const from = performance.now();
    const late = new AbortController();
    const signal = this.#signal === undefined ? late.signal : AbortSignal.any([late.signal, this.#signal]);
    const timer = setTimeout(() => late.abort(), Math.max(0, this.#timeLeft));
    try {
      this.#worker.postMessage({ text, most });
      const [hits] = (await once(this.#worker, 'message', { signal })) as [LineHit[]];
      return hits;
    } catch (error) {
      await this.#worker.terminate();
      this.#signal?.throwIfAborted();
      if (!late.signal.aborted) throw error;
      throw backendError(
        'INVALID_ARGUMENT',
        `The regular expression took longer than ${this.#timeLimit} ms; make it simpler, or search for a literal text`,
      );
    } finally {
      clearTimeout(timer);
      this.#timeLeft -= performance.now() - from;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#worker.terminate();
  }
}
