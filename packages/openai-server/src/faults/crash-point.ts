/** Lets a number of requests through and then none, as if the client's process had ended in between. */
export class CrashPoint {
  #left = Number.POSITIVE_INFINITY;
  #losesLastAnswer = false;

  get down(): boolean {
    return this.#left === 0;
  }

  set(requests: number, losesLastAnswer: boolean): void {
    this.#left = requests;
    this.#losesLastAnswer = losesLastAnswer;
  }

  resume(): void {
    this.#left = Number.POSITIVE_INFINITY;
  }

  /** The fate of the request that just came. */
  arrive(): 'serve' | 'loseAnswer' | 'drop' {
    if (this.#left === 0) return 'drop';
    this.#left -= 1;
    return this.#left === 0 && this.#losesLastAnswer ? 'loseAnswer' : 'serve';
  }
}
