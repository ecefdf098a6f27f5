import { untilAborted } from './until-aborted.ts';

/** Context of a shared run. */
export interface RunContext {
  /** Aborts when nobody waits for the run any more. */
  readonly signal: AbortSignal;
  /** Lets no more callers in: the run would miss what they did from here on, so that they get the next one. */
  begin(): void;
}

class Run<T> {
  readonly controller: AbortController = new AbortController();
  readonly done: Promise<T>;
  waiting = 0;
  isUnderWay = false;

  constructor(start: (run: Run<T>) => Promise<T>) {
    this.done = start(this);
  }
}

/** Work that all who ask for it at the same time share; one run at a time, aborted when nobody waits for it any more. */
export class SharedRun<T> {
  readonly #work: (context: RunContext) => Promise<T>;
  /** The run that still takes callers in. */
  #open: Run<T> | undefined;
  #last: Promise<unknown> = Promise.resolve();

  constructor(work: (context: RunContext) => Promise<T>) {
    this.#work = work;
  }

  /** The result of the run that still takes callers in, or of the next. @throws what the run throws, `signal.reason` */
  async join(signal?: AbortSignal): Promise<T> {
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

  /** The result of a run that begins now or later. @throws what the run throws, `signal.reason` */
  async joinNext(signal?: AbortSignal): Promise<T> {
    signal?.throwIfAborted();
    if (this.#open?.isUnderWay === true) this.#open = undefined;
    return await this.join(signal);
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
      self.isUnderWay = true;
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
