/** The source of a stream: chunks that are pulled, some of which may be ready before that. */
export interface ChunkFeed<T> {
  pull(controller: ReadableStreamDefaultController<T>): Promise<void>;
  cancel(reason: unknown): Promise<void>;
  /** The next chunk, if it is there already and the stream is not over; asked for only while no `pull` is under way. */
  takeReady(): T | undefined;
}

type StreamIterator<T> = ReturnType<ReadableStream<T>['values']>;

/** A stream whose ready chunks are iterated past the machinery of streams, which costs several times as much as a chunk. */
export class ChunkStream<T> extends ReadableStream<T> {
  readonly #feed: ChunkFeed<T>;

  constructor(feed: ChunkFeed<T>) {
    // Without a queue of its own nothing is read ahead of the consumer.
    super(feed, { highWaterMark: 0 });
    this.#feed = feed;
  }

  override values({ preventCancel = false }: { preventCancel?: boolean } = {}): StreamIterator<T> {
    return new ChunkIterator(this.getReader(), this.#feed, preventCancel);
  }

  override [Symbol.asyncIterator](): StreamIterator<T> {
    return this.values();
  }
}

class ChunkIterator<T> implements StreamIterator<T> {
  readonly #reader: ReadableStreamDefaultReader<T>;
  readonly #feed: ChunkFeed<T>;
  readonly #preventCancel: boolean;
  /** Calls of `next` that the stream has not answered yet; those that come meanwhile wait behind them. */
  #waiting = 0;
  #isOver = false;

  constructor(reader: ReadableStreamDefaultReader<T>, feed: ChunkFeed<T>, preventCancel: boolean) {
    this.#reader = reader;
    this.#feed = feed;
    this.#preventCancel = preventCancel;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<T>> {
    if (this.#isOver) return Promise.resolve({ done: true, value: undefined });
    const value = this.#waiting === 0 ? this.#feed.takeReady() : undefined;
    return value === undefined ? this.#pull() : Promise.resolve({ done: false, value });
  }

  async return(value?: unknown): Promise<IteratorReturnResult<undefined>> {
    if (!this.#isOver) {
      const cancelled = this.#preventCancel ? undefined : this.#reader.cancel(value);
      this.#end();
      await cancelled;
    }
    return { done: true, value: undefined };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  async #pull(): Promise<IteratorResult<T>> {
    this.#waiting++;
    try {
      const { done, value } = await this.#reader.read();
      if (!done) return { done, value };
      this.#end();
      return { done, value: undefined };
    } catch (error) {
      this.#end();
      throw error;
    } finally {
      this.#waiting--;
    }
  }

  #end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#reader.releaseLock();
  }
}
