import { backendError } from './errors.ts';

/** A caller's source on its way to a driver: an abort ends even a source that is stuck, and its own error is remembered. */
export class GuardedSource implements AsyncIterable<Uint8Array> {
  readonly #source: AsyncIterable<Uint8Array>;
  readonly #signal: AbortSignal | undefined;
  #isRead = false;
  /** What the source itself threw. A driver might take it for an error of its own. */
  failure: { readonly error: unknown } | undefined;

  constructor(source: AsyncIterable<Uint8Array>, signal: AbortSignal | undefined) {
    this.#source = source;
    this.#signal = signal;
  }

  async *[Symbol.asyncIterator](): AsyncIterator<Uint8Array> {
    if (this.#isRead)
      throw backendError('UNKNOWN', 'A driver read a source twice, which can be read only once');
    this.#isRead = true;
    const signal = this.#signal;
    let iterator: AsyncIterator<Uint8Array> | undefined;
    // One listener for the whole source: a race per chunk against one long promise would grow with every chunk.
    let interrupt: ((reason: unknown) => void) | undefined;
    const onAbort = (): void => interrupt?.(signal?.reason);
    signal?.addEventListener('abort', onAbort, { once: true });
    let isOver = false;
    try {
      iterator = this.#source[Symbol.asyncIterator]();
      const chunks = iterator;
      while (true) {
        signal?.throwIfAborted();
        const result = await new Promise<IteratorResult<Uint8Array>>((resolve, reject) => {
          interrupt = reject;
          chunks.next().then(resolve, reject);
        });
        if (result.done === true) {
          isOver = true;
          return;
        }
        yield result.value;
      }
    } catch (error) {
      isOver = signal?.aborted !== true;
      this.failure = { error };
      throw error;
    } finally {
      signal?.removeEventListener('abort', onAbort);
      // A source that is stuck might never answer, so nobody waits for its clean-up.
      if (!isOver) iterator?.return?.().catch(() => undefined);
    }
  }
}
