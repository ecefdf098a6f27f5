/** Hands over one chunk at a time to an iterator: a chunk is used up once the next one is asked for. */
export class Handover implements AsyncIterable<Uint8Array> {
  #given: { readonly chunk: Uint8Array; readonly taken: () => void } | undefined;
  #isOver = false;
  #failure: { readonly error: unknown } | undefined;
  #wake: () => void = () => undefined;

  /** Resolves when the chunk is used up. */
  give(chunk: Uint8Array): Promise<void> {
    return new Promise((taken) => {
      this.#given = { chunk, taken };
      this.#wake();
    });
  }

  end(): void {
    this.#isOver = true;
    this.#wake();
  }

  fail(error: unknown): void {
    this.#failure ??= { error };
    this.#wake();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, void> {
    while (true) {
      if (this.#failure !== undefined) throw this.#failure.error;
      if (this.#given !== undefined) {
        const { chunk, taken } = this.#given;
        this.#given = undefined;
        yield chunk;
        taken();
      } else if (this.#isOver) {
        return;
      } else {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    }
  }
}
