/** What a run is told. */
export interface RunContext {
  /** Aborts when nobody waits for the run any more. */
  readonly signal: AbortSignal;
  /** From here on the run would miss what a later caller did, who gets the next one. */
  begin(): void;
}

class Run<T> {
  readonly controller: AbortController = new AbortController();
  readonly done: Promise<T>;
  waiting = 0;

  constructor(start: (run: Run<T>) => Promise<T>) {
    this.done = start(this);
  }
}

/** Work that callers share who ask for it at the same time; one run at a time. */
export class SharedRun<T> {
  readonly #work: (context: RunContext) => Promise<T>;
  /** The run that still takes callers in. */
  #open: Run<T> | undefined;
  #last: Promise<unknown> = Promise.resolve();

  constructor(work: (context: RunContext) => Promise<T>) {
    this.#work = work;
  }

  /** Waits for the next run. @throws what the run throws, `signal.reason` */
  async join(signal: AbortSignal | undefined): Promise<T> {
    signal?.throwIfAborted();
    this.#open ??= this.#start();
    const run = this.#open;
    run.waiting++;
    try {
      return await untilAborted(run.done, signal);
    } finally {
      if (--run.waiting === 0) {
        this.#close(run);
        run.controller.abort(signal?.reason);
      }
    }
  }

  /** Waits until nothing runs. */
  async idle(): Promise<void> {
    await this.#last;
  }

  #start(): Run<T> {
    const before = this.#last;
    const run = new Run<T>(async (self) => {
      await before;
      const { signal } = self.controller;
      signal.throwIfAborted();
      try {
        return await this.#work({ signal, begin: () => this.#close(self) });
      } finally {
        this.#close(self);
      }
    });
    this.#last = run.done.catch(() => undefined);
    return run;
  }

  #close(run: Run<T>): void {
    if (this.#open === run) this.#open = undefined;
  }
}

async function untilAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return await work;
  let onAbort = (): void => undefined;
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
