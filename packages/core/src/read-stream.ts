import { ChunkCutter } from './chunks.ts';
import type { DriverState, Holder } from './driver-state.ts';
import { StrictTextDecoder } from './text.ts';

export interface ReadStreamSource {
  /** Called at the first pull; throws what the stream is to fail with. */
  start(signal: AbortSignal): Promise<AsyncIterator<Uint8Array>>;
  /** Turns what a read threw into what the stream fails with. */
  explain(error: unknown): unknown;
  /** What `close` fails the stream with. */
  closed(): Error;
  /** Where the stream is registered while it holds a handle. */
  readonly state: DriverState;
  readonly signal: AbortSignal | undefined;
  readonly chunkSize: number;
  /** The file, where text is wanted. */
  readonly textOf: string | undefined;
}

/** A stream that opens nothing until it is pulled, and frees its handle at the end, on cancel, on abort and on `close`. */
export function createReadStream(source: ReadStreamSource): ReadableStream<Uint8Array | string> {
  const reader = new StreamReader(source);
  // Without a queue of its own nothing is read ahead of the consumer.
  return new ReadableStream(reader, { highWaterMark: 0 });
}

type Controller = ReadableStreamDefaultController<Uint8Array | string>;

class StreamReader implements Holder {
  readonly #source: ReadStreamSource;
  readonly #abort = new AbortController();
  readonly #cutter: ChunkCutter;
  readonly #decoder: StrictTextDecoder | undefined;
  #iterator: AsyncIterator<Uint8Array> | undefined;
  #controller: Controller | undefined;
  #failed = false;

  constructor(source: ReadStreamSource) {
    this.#source = source;
    this.#cutter = new ChunkCutter(source.chunkSize);
    this.#decoder = source.textOf === undefined ? undefined : new StrictTextDecoder(source.textOf);
  }

  async pull(controller: Controller): Promise<void> {
    this.#controller = controller;
    try {
      this.#iterator ??= await this.#open();
      let enqueued = false;
      while (!enqueued) {
        const { value, done } = await this.#iterator.next();
        if (done) return await this.#end(controller);
        for (const chunk of this.#cutter.cut(value)) enqueued = this.#enqueue(controller, chunk) || enqueued;
      }
    } catch (error) {
      // Whoever failed the stream already told its reader why, and maybe before there was a handle to free.
      if (this.#failed) await this.#free(error);
      else await this.#fail(this.#source.explain(error));
    }
  }

  async cancel(reason: unknown): Promise<void> {
    this.#failed = true;
    await this.#free(reason);
  }

  async close(): Promise<void> {
    await this.#fail(this.#source.closed());
  }

  async #open(): Promise<AsyncIterator<Uint8Array>> {
    const { signal, state } = this.#source;
    signal?.throwIfAborted();
    signal?.addEventListener('abort', this.#onAbort, { once: true });
    state.hold(this);
    return await this.#source.start(this.#abort.signal);
  }

  readonly #onAbort = (): void => {
    void this.#fail(this.#source.signal?.reason);
  };

  #enqueue(controller: Controller, chunk: Uint8Array): boolean {
    const value = this.#decoder === undefined ? chunk : this.#decoder.decode(chunk);
    if (value.length === 0 || this.#failed) return this.#failed;
    controller.enqueue(value);
    return true;
  }

  async #end(controller: Controller): Promise<void> {
    const rest = this.#cutter.end();
    if (rest !== undefined) this.#enqueue(controller, rest);
    this.#decoder?.end();
    if (!this.#failed) controller.close();
    this.#failed = true;
    await this.#free(undefined);
  }

  async #fail(error: unknown): Promise<void> {
    if (this.#failed) return;
    this.#failed = true;
    this.#controller?.error(error);
    await this.#free(error);
  }

  /** Frees the handle, also from under a read that is under way. */
  async #free(reason: unknown): Promise<void> {
    this.#source.signal?.removeEventListener('abort', this.#onAbort);
    this.#abort.abort(reason);
    try {
      await this.#iterator?.return?.();
    } catch {
      // The read that was aborted says so; the stream has failed already.
    }
    this.#source.state.drop(this);
  }
}
