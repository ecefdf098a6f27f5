/** Most texts to look for: with more of them it takes as long to match the expression. */
const MOST = 16;
/** Letters that stand, behind a backslash, for what is no text here: classes, borders and control characters. */
const PARTING = 'dDwWsSbBtnrfv';

const GROUP_HEAD = /(?:\?(?:[:=!]|<[=!]|<[^>]*>))?/y;
const QUANTIFIER = /(?:[*+?]|\{(\d+)(?:,\d*)?\})\??/y;

/**
 * Texts of which every match of an expression holds one, so that a file without them need not be looked into; `undefined` where none
 * can be told. They are ASCII, which UTF-8 spells as it is.
 */
export function requiredTexts(source: string, flags: string): readonly string[] | undefined {
  // Sets within classes, and letters that Unicode folds into others, are left to the engine.
  if (flags.includes('v') || (flags.includes('i') && flags.includes('u'))) return undefined;
  try {
    return new Reader(source).alternatives();
  } catch (error) {
    // Groups within groups, too deep to be read.
    if (error === UNKNOWN || error instanceof RangeError) return undefined;
    throw error;
  }
}

/** Thrown where the rest of an expression cannot be told apart. */
const UNKNOWN = Symbol('unknown');

/** Reads an expression that compiles. */
class Reader {
  readonly #source: string;
  #at = 0;

  constructor(source: string) {
    this.#source = source;
  }

  /** Down to the end, or to the bracket that ends a group. */
  alternatives(): readonly string[] | undefined {
    const texts: string[] = [];
    for (let isComplete = true; ; this.#at++) {
      const required = this.#sequence();
      if (required === undefined) isComplete = false;
      else texts.push(...required);
      if (this.#source[this.#at] !== '|') return isComplete && texts.length <= MOST ? texts : undefined;
    }
  }

  /** The best that all of a sequence requires. */
  #sequence(): readonly string[] | undefined {
    let best: readonly string[] | undefined;
    let run = '';
    const part = (required: readonly string[] | undefined): void => {
      if (required !== undefined && shortest(required) > shortest(best)) best = required;
    };
    const endRun = (): void => {
      part([run]);
      run = '';
    };
    for (let next = this.#source[this.#at]; next !== undefined; next = this.#source[this.#at]) {
      if (next === '|' || next === ')') break;
      const atom = this.#atom(next);
      const isOptional = this.#quantifier();
      if (isOptional === undefined && typeof atom === 'string') {
        run += atom;
        continue;
      }
      if (isOptional === false && typeof atom === 'string') run += atom;
      endRun();
      if (isOptional !== true && typeof atom !== 'string') part(atom);
    }
    endRun();
    return best;
  }

  /** A character as a text, or what something else requires. */
  #atom(next: string): string | readonly string[] | undefined {
    this.#at++;
    if (next === '\\') return this.#escape();
    if (next === '[') return this.#class();
    if (next === '(') return this.#group();
    if ('.^$'.includes(next)) return undefined;
    if ('{}]'.includes(next)) throw UNKNOWN;
    return isPlain(next) ? next : undefined;
  }

  #escape(): string | undefined {
    const escaped = this.#source[this.#at++]!;
    if (PARTING.includes(escaped)) return undefined;
    if (/[A-Za-z0-9]/.test(escaped)) throw UNKNOWN;
    return isPlain(escaped) ? escaped : undefined;
  }

  #class(): undefined {
    for (; this.#source[this.#at] !== ']'; this.#at++) if (this.#source[this.#at] === '\\') this.#at++;
    this.#at++;
  }

  #group(): readonly string[] | undefined {
    const [head = ''] = this.#skip(GROUP_HEAD) ?? [];
    if (this.#source[this.#at] === '?') throw UNKNOWN;
    const required = this.alternatives();
    this.#at++;
    // What is looked around for may lie outside of the match, or must not be there.
    return /[=!]$/.test(head) ? undefined : required;
  }

  /** Whether what comes before may be missing; `undefined` where it is there once. */
  #quantifier(): boolean | undefined {
    const [all, least] = this.#skip(QUANTIFIER) ?? [];
    if (all === undefined) return undefined;
    return least === undefined ? all[0] !== '+' : Number(least) === 0;
  }

  #skip(what: RegExp): RegExpExecArray | null {
    what.lastIndex = this.#at;
    const found = what.exec(this.#source);
    if (found !== null) this.#at += found[0].length;
    return found;
  }
}

function shortest(texts: readonly string[] | undefined): number {
  return texts === undefined ? 0 : Math.min(...texts.map(({ length }) => length));
}

function isPlain(character: string): boolean {
  return character >= ' ' && character <= '~';
}
