import type { VaultChange } from '../changes.ts';

/** Changes as they come. No generator, since one that waits for the next change cannot be told to leave. */
export class ChangeStream implements AsyncIterableIterator<VaultChange, void> {
  readonly #changes: AsyncGenerator<VaultChange, void, void>;
  readonly #leaving: AbortController;
  #isOver = false;

  /** @param leaving ends what `changes` waits for */
  constructor(changes: AsyncGenerator<VaultChange, void, void>, leaving: AbortController) {
    this.#changes = changes;
    this.#leaving = leaving;
  }

  async next(): Promise<IteratorResult<VaultChange, void>> {
    try {
      if (!this.#isOver) return await this.#changes.next();
    } catch (error) {
      if (!this.#isOver) throw error;
    }
    return { done: true, value: undefined };
  }

  async return(): Promise<IteratorResult<VaultChange, void>> {
    this.#isOver = true;
    this.#leaving.abort();
    await this.#changes.return();
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }
}
