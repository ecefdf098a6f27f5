interface Run<T> {
  readonly promise: Promise<T>;
  readonly controller: AbortController;
  waiting: number;
}

/** A task that all who want its result at the same time share; it is aborted when none of them waits any more. */
export class SharedTask<T> {
  readonly #task: (signal: AbortSignal) => Promise<T>;
  #run: Run<T> | undefined;

  constructor(task: (signal: AbortSignal) => Promise<T>) {
    this.#task = task;
  }

  /** The result of the run that is under way, or of a new one. @throws `signal.reason` */
  async join(signal: AbortSignal | undefined): Promise<T> {
    signal?.throwIfAborted();
    this.#run ??= this.#start();
    const run = this.#run;
    run.waiting++;
    let leave: (() => void) | undefined;
    try {
      const left = new Promise<never>((_, reject) => {
        leave = () => reject(signal?.reason);
        signal?.addEventListener('abort', leave, { once: true });
      });
      return await Promise.race([run.promise, left]);
    } finally {
      signal?.removeEventListener('abort', leave!);
      if (--run.waiting === 0) this.#abandon(run);
    }
  }

  /** The result of a run that begins now or later. */
  async joinNext(signal: AbortSignal | undefined): Promise<T> {
    const running = this.#run;
    if (running !== undefined) {
      // How it ends matters only to those who joined it.
      await this.join(signal).catch(() => signal?.throwIfAborted());
      if (this.#run === running) this.#run = undefined;
    }
    return await this.join(signal);
  }

  #start(): Run<T> {
    const controller = new AbortController();
    const promise = this.#task(controller.signal).finally(() => {
      if (this.#run === run) this.#run = undefined;
    });
    promise.catch(() => undefined);
    const run: Run<T> = { promise, controller, waiting: 0 };
    return run;
  }

  #abandon(run: Run<T>): void {
    run.controller.abort();
    if (this.#run === run) this.#run = undefined;
  }
}
