/** Callers that wait for something one after another, in order. */
export class WaitingLine {
  readonly #waiting: (() => void)[] = [];

  get isEmpty(): boolean {
    return this.#waiting.length === 0;
  }

  /** Waits for its turn. @throws `signal.reason` */
  wait(signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted === true) return reject(signal.reason);
      const proceed = (): void => {
        signal?.removeEventListener('abort', abort);
        resolve();
      };
      const abort = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(proceed), 1);
        reject(signal?.reason);
      };
      signal?.addEventListener('abort', abort, { once: true });
      this.#waiting.push(proceed);
    });
  }

  /** Lets the next `count` go on. */
  call(count: number): void {
    for (const proceed of this.#waiting.splice(0, count)) proceed();
  }
}
