/** Tasks that belong together: the first failure ends the others, and the group ends only when all have. */
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

  /** Aborted by the first failure, or by the outer signal. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Starts a task; resolves when it has ended, even by a failure. */
  start(task: () => Promise<void>): Promise<void> {
    const ended = task().catch((error: unknown) => this.#controller.abort(error));
    this.#tasks.push(ended);
    return ended;
  }

  /** Runs `body`, waits for it and for all that it started, and throws the first failure. */
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
