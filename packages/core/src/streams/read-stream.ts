import { plainBytes } from '../contents/content.ts';
import { StrictTextDecoder } from '../contents/text.ts';
import type { DriverState, Holder } from '../driver/driver-state.ts';
import { type ChunkFeed, ChunkStream } from './chunk-stream.ts';
import { ChunkCutter } from './chunks.ts';

/** The content of a stream, and its surroundings. */
export interface ReadStreamSource {
  /** Called at the first pull; throws what is wrong with what was asked for. */
  check(): Promise<void>;
  /** Called at the first pull; gives the function that begins to read at once. Throws what the stream is to fail with. */
  open(signal: AbortSignal): Promise<() => AsyncIterable<Uint8Array>>;
  /** Turns what went wrong into what the stream fails with. */
  explain(error: unknown): unknown;
  /** The error that `close` fails the stream with. */
  closed(): Error;
  /** The state that the stream is registered with while it holds a handle. */
  readonly state: DriverState;
  readonly signal: AbortSignal | undefined;
  readonly chunkSize: number;
  /** The path of the file, where text is wanted. */
  readonly textOf: string | undefined;
}

/** A stream that opens nothing until it is pulled, and frees its handle at the end, on cancel, on abort and on `close`. */
export function createReadStream(source: ReadStreamSource): ReadableStream<Uint8Array | string> {
  return new ChunkStream(new StreamReader(source));
}

type Controller = ReadableStreamDefaultController<Uint8Array | string>;

class StreamReader implements Holder, ChunkFeed<Uint8Array | string> {
  readonly #source: ReadStreamSource;
  readonly #abort = new AbortController();
  readonly #cutter: ChunkCutter;
  readonly #decoder: StrictTextDecoder | undefined;
  #blocks: AsyncIterator<Uint8Array> | undefined;
  /** The chunks left of the last block. */
  #chunks: Iterator<Uint8Array> | undefined;
  #controller: Controller | undefined;
  /** Ended, failed or cancelled: nothing more is read, and the handle is freed by whoever set this. */
  #isOver = false;
  #freeing: Promise<void> | undefined;

  constructor(source: ReadStreamSource) {
    this.#source = source;
    this.#cutter = new ChunkCutter(source.chunkSize);
    this.#decoder = source.textOf === undefined ? undefined : new StrictTextDecoder(source.textOf);
  }

  async pull(controller: Controller): Promise<void> {
    this.#controller = controller;
    try {
      if (this.#blocks === undefined) await this.#open();
      while (!this.#isOver) {
        const ready = this.#nextChunk();
        if (ready !== undefined) return controller.enqueue(ready);
        const { value, done } = await this.#blocks!.next();
        if (this.#isOver) return;
        if (done === true) return await this.#end(controller);
        this.#chunks = this.#cutter.cut(plainBytes(value));
      }
    } catch (error) {
      await this.#fail(error);
    }
  }

  takeReady(): Uint8Array | string | undefined {
    if (this.#isOver) return undefined;
    try {
      return this.#nextChunk();
    } catch (error) {
      // The stream has failed by the time this returns: whoever pulls next is told.
      void this.#fail(error);
      return undefined;
    }
  }

  async cancel(reason: unknown): Promise<void> {
    this.#isOver = true;
    await this.#free(reason);
  }

  async close(): Promise<void> {
    await this.#fail(this.#source.closed());
    // The stream may have failed before, and still be freeing its handle.
    await this.#freeing;
  }

  async #open(): Promise<void> {
    await this.#source.check();
    const { signal, state } = this.#source;
    signal?.throwIfAborted();
    signal?.addEventListener('abort', this.#onAbort, { once: true });
    state.hold(this);
    const read = await this.#source.open(this.#abort.signal);
    if (!this.#isOver) this.#blocks = read()[Symbol.asyncIterator]();
  }

  readonly #onAbort = (): void => {
    void this.#fail(this.#source.signal?.reason);
  };

  /** The next chunk of the last block. As text it may be empty, where a chunk ends inside a character. */
  #nextChunk(): Uint8Array | string | undefined {
    for (let next = this.#chunks?.next(); next?.done === false; next = this.#chunks?.next()) {
      const value = this.#decode(next.value);
      if (value.length > 0) return value;
    }
    this.#chunks = undefined;
    return undefined;
  }

  #decode(chunk: Uint8Array): Uint8Array | string {
    return this.#decoder === undefined ? chunk : this.#decoder.decode(chunk);
  }

  async #end(controller: Controller): Promise<void> {
    const rest = this.#cutter.end();
    const last = rest && this.#decode(rest);
    if (last !== undefined && last.length > 0) controller.enqueue(last);
    this.#decoder?.end();
    controller.close();
    this.#isOver = true;
    await this.#free(undefined);
  }

  async #fail(error: unknown): Promise<void> {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#controller?.error(this.#source.explain(error));
    await this.#free(error);
  }

  /** Frees the handle, once, also from under a read that is under way. */
  #free(reason: unknown): Promise<void> {
    this.#freeing ??= this.#freeHandle(reason);
    return this.#freeing;
  }

  async #freeHandle(reason: unknown): Promise<void> {
    this.#source.signal?.removeEventListener('abort', this.#onAbort);
    this.#abort.abort(reason);
    try {
      await this.#blocks?.return?.();
    } catch {
      // The read that was aborted says so; the stream has failed already.
    }
    this.#source.state.drop(this);
  }
}
