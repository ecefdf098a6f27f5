import { inspect } from 'node:util';

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

  [inspect.custom](): string {
    return HIDDEN;
  }
}

const HIDDEN = '[hidden]';
