import { once } from 'node:events';
import { clearTimeout, setImmediate, setTimeout } from 'node:timers';
import { Worker } from 'node:worker_threads';
import { backendError } from '@f9/core/driver';
import { expressionHits, type LineHit } from './hits.ts';

/** The worker's program as text, so that it needs no file beside it and can be bundled. */
const PROGRAM = `
const { parentPort, workerData: { source, flags } } = require('node:worker_threads');
const hits = ${expressionHits.toString()};
parentPort.on('message', (texts) => {
  const from = performance.now();
  const found = texts.map(({ text, most }) => hits(text, source, flags, most));
  parentPort.postMessage({ found, took: performance.now() - from });
});
`;

/** Characters after which no more texts go into one message: it is copied. */
const MESSAGE = 1024 * 1024;

/** A text that waits for its turn. */
interface Waiting {
  readonly text: string;
  readonly most: number;
  readonly answer: PromiseWithResolvers<LineHit[]>;
}

interface Answer {
  readonly found: readonly LineHit[][];
  /** Milliseconds of work. */
  readonly took: number;
}

/** Matches an expression from an untrusted source in a thread of its own, which is ended when its time is up. */
export class ExpressionWorker implements AsyncDisposable {
  readonly #worker: Worker;
  readonly #timeLimit: number;
  readonly #signal: AbortSignal | undefined;
  readonly #isUp: Promise<unknown>;
  readonly #waiting: Waiting[] = [];
  #timeLeft: number;
  #isWorking = false;

  /** @param timeLimit milliseconds of work on all texts together */
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

  /** Matches texts in the order of the calls; those that come while it is at work share a message. @throws `INVALID_ARGUMENT` where the time is up */
  hits(text: string, most: number): Promise<LineHit[]> {
    const answer = Promise.withResolvers<LineHit[]>();
    this.#waiting.push({ text, most, answer });
    if (!this.#isWorking) void this.#work();
    return answer.promise;
  }

  async #work(): Promise<void> {
    this.#isWorking = true;
    while (this.#waiting.length > 0) {
      const texts = this.#nextMessage();
      try {
        const found = await this.#ask(texts);
        for (const [index, { answer }] of texts.entries()) answer.resolve(found[index]!);
      } catch (error) {
        for (const { answer } of texts) answer.reject(error);
      }
    }
    this.#isWorking = false;
  }

  #nextMessage(): Waiting[] {
    let length = 0;
    const end = this.#waiting.findIndex(({ text }) => {
      length += text.length;
      return length >= MESSAGE;
    });
    return this.#waiting.splice(0, end === -1 ? this.#waiting.length : end + 1);
  }

  async #ask(texts: readonly Waiting[]): Promise<readonly LineHit[][]> {
    await this.#isUp;
    const late = new AbortController();
    const signal = this.#signal === undefined ? late.signal : AbortSignal.any([late.signal, this.#signal]);
    // An answer that came while this thread was busy is heard before the time is called up.
    const timer = setTimeout(() => setImmediate(() => late.abort()), Math.max(0, this.#timeLeft));
    try {
      this.#worker.postMessage(texts.map(({ text, most }) => ({ text, most })));
      const [{ found, took }] = (await once(this.#worker, 'message', { signal })) as [Answer];
      this.#timeLeft -= took;
      return found;
    } catch (error) {
      await this.#worker.terminate();
      this.#timeLeft = 0;
      this.#signal?.throwIfAborted();
      if (!late.signal.aborted) throw error;
      throw backendError(
        'INVALID_ARGUMENT',
        `The regular expression took longer than ${this.#timeLimit} ms; make it simpler, or search for a literal text`,
      );
    } finally {
      clearTimeout(timer);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#worker.terminate();
  }
}
