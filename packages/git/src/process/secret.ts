import { inspect } from 'node:util';

const HIDDEN = '[hidden]';

/** A text that shows itself only when converted to a string: a logger that prints the environment of a child sees nothing. */
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
