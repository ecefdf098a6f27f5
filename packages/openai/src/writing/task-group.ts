/** Tasks that belong together: the first one that fails ends the others, and nobody goes on before all have ended. */
export class TaskGroup {
  readonly #controller = new AbortController();
  readonly #tasks: Promise<void>[] = [];
  readonly #outer: AbortSignal | undefined;
  readonly #abort = (): void => this.#controller.abort(this.#outer?.reason);

  constructor(outer: AbortSignal | undefined) {
    this.#outer = outer;
    if (outer?.aborted === true) this.#abort();
    outer?.addEventListener('abort', this.#abort, { once: true });
  }

  /** Aborted by what failed first, or by the outer signal. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Resolves when the task has ended, however it did. */
  start(task: () => Promise<void>): Promise<void> {
    const ended = task().catch((error: unknown) => this.#controller.abort(error));
    this.#tasks.push(ended);
    return ended;
  }

  /** Runs `body`, waits for it and for all that it started, and throws what failed first. */
  async run<T>(body: () => Promise<T>): Promise<T> {
    try {
      const result = await body();
      await Promise.all(this.#tasks);
      this.signal.throwIfAborted();
      return result;
    } catch (error) {
      this.#controller.abort(error);
      await Promise.all(this.#tasks);
      throw this.signal.reason;
    } finally {
      this.#outer?.removeEventListener('abort', this.#abort);
    }
  }
}
