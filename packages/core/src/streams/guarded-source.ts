import { backendError } from '../errors.ts';

/** A caller's source on its way to a driver: an abort ends even a source that is stuck, and its own error is remembered. */
export class GuardedSource implements AsyncIterable<Uint8Array> {
  readonly #source: AsyncIterable<Uint8Array>;
  readonly #signal: AbortSignal | undefined;
  /** Whether somebody began to read it, so that nobody else can. */
  isRead = false;
  #iterator: GuardedIterator | undefined;
  /** The error of the source itself, kept since a driver might take it for one of its own. */
  failure: { readonly error: unknown } | undefined;

  constructor(source: AsyncIterable<Uint8Array>, signal: AbortSignal | undefined) {
    this.#source = source;
    this.#signal = signal;
  }

  [Symbol.asyncIterator](): AsyncIterator<Uint8Array> {
    if (this.isRead)
      throw backendError('UNKNOWN', 'A driver read a source twice, which can be read only once');
    this.isRead = true;
    this.#iterator = new GuardedIterator(this.#source, this.#signal, (error) => {
      this.failure ??= { error };
    });
    if (this.failure !== undefined) this.#iterator.cutOff(this.failure.error);
    return this.#iterator;
  }

  /** Ends the source with `reason`, also while it is stuck. */
  cutOff(reason: unknown): void {
    this.failure ??= { error: reason };
    this.#iterator?.cutOff(reason);
  }
}

/** No generator, which would take several turns of the queue for a chunk. */
class GuardedIterator implements AsyncIterator<Uint8Array> {
  readonly #source: AsyncIterable<Uint8Array>;
  readonly #signal: AbortSignal | undefined;
  readonly #onFailure: (error: unknown) => void;
  #chunks: AsyncIterator<Uint8Array> | undefined;
  /** Ends the call of `next` that waits. One listener for the whole source: a race per chunk would grow with every chunk. */
  #interrupt: ((reason: unknown) => void) | undefined;
  #isOver = false;

  constructor(
    source: AsyncIterable<Uint8Array>,
    signal: AbortSignal | undefined,
    onFailure: (error: unknown) => void,
  ) {
    this.#source = source;
    this.#signal = signal;
    this.#onFailure = onFailure;
    signal?.addEventListener('abort', this.#onAbort, { once: true });
  }

  next(): Promise<IteratorResult<Uint8Array>> {
    if (this.#isOver) return Promise.resolve({ done: true, value: undefined });
    return new Promise((resolve, reject) => {
      const fail = (error: unknown): void => {
        this.#fail(error);
        reject(error);
      };
      this.#interrupt = fail;
      try {
        this.#signal?.throwIfAborted();
        this.#chunks ??= this.#source[Symbol.asyncIterator]();
        this.#chunks.next().then((result) => {
          if (result.done === true) this.#end();
          resolve(result);
        }, fail);
      } catch (error) {
        fail(error);
      }
    });
  }

  cutOff(reason: unknown): void {
    if (this.#isOver) return;
    this.#onFailure(reason);
    this.#leave();
    this.#interrupt?.(reason);
  }

  async return(): Promise<IteratorResult<Uint8Array>> {
    if (!this.#isOver) this.#leave();
    return { done: true, value: undefined };
  }

  readonly #onAbort = (): void => this.#interrupt?.(this.#signal?.reason);

  #fail(error: unknown): void {
    if (this.#isOver) return;
    this.#onFailure(error);
    if (this.#signal?.aborted === true) this.#leave();
    else this.#end();
  }

  /** Lets go of a source that has not ended. One that is stuck might never answer, so nobody waits for its clean-up. */
  #leave(): void {
    this.#end();
    this.#chunks?.return?.().catch(() => undefined);
  }

  #end(): void {
    this.#isOver = true;
    this.#signal?.removeEventListener('abort', this.#onAbort);
  }
}
