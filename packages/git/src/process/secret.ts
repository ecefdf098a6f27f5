import { inspect } from 'node:util';

const HIDDEN = '[hidden]';

/** A text that turns into itself only where somebody asks for a string: loggers that print the environment of a child see nothing. */
export class Secret {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  toString(): string {
    return this.#text;
  }

  toJSON(): string {
    return HIDDEN;
  }
}

Object.defineProperty(Secret.prototype, inspect.custom, { value: () => HIDDEN });
