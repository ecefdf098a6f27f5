import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { hasErrno } from '../errors.ts';

/** A value that is kept on disk, whole or not at all. */
export class StateFile<T> {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  read(): T | undefined {
    try {
      return JSON.parse(readFileSync(this.#path, 'utf8')) as T;
    } catch (error) {
      if (hasErrno(error, 'ENOENT')) return undefined;
      throw error;
    }
  }

  write(value: T): void {
    writeFileSync(`${this.#path}.new`, JSON.stringify(value));
    renameSync(`${this.#path}.new`, this.#path);
  }

  remove(): void {
    rmSync(this.#path, { force: true });
  }
}
