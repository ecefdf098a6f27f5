/** Looks at one key, shared by callers: each gets a look that began after it asked. */
export class SharedLooks<T> {
  readonly #look: (key: string) => Promise<T>;
  readonly #lines = new Map<string, { readonly running: Promise<unknown>; next: Promise<T> | undefined }>();

  constructor(look: (key: string) => Promise<T>) {
    this.#look = look;
  }

  ask(key: string): Promise<T> {
    const line = this.#lines.get(key);
    if (line === undefined) return this.#begin(key);
    // A look under way may have been answered before the caller's own write.
    line.next ??= line.running.then(
      () => this.#begin(key),
      () => this.#begin(key),
    );
    return line.next;
  }

  #begin(key: string): Promise<T> {
    const running = this.#look(key);
    const line = { running, next: undefined as Promise<T> | undefined };
    this.#lines.set(key, line);
    const done = (): void => {
      if (this.#lines.get(key) === line && line.next === undefined) this.#lines.delete(key);
    };
    running.then(done, done);
    return running;
  }
}
