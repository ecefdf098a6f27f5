import { escapeRegExp } from '../escape-reg-exp.ts';

/** Where a line matches: UTF-16 units, the end exclusive. */
export interface LineMatch {
  readonly start: number;
  readonly end: number;
}

/** Finds lines that match; told by bytes first where that is possible, since decoding costs more than looking. */
export interface Matcher {
  /** False only where no line of these bytes can match. */
  mayMatch(bytes: Uint8Array): boolean;
  /** Offsets from which on a line may match, in ascending order; lines between them do not. */
  next(text: string, from: number): number;
  /** The first match in one line, without its ending. */
  inLine(line: string): LineMatch | undefined;
}

/** A matcher of a literal, or of what a regular expression finds within one line. */
export function matcherOf(pattern: string | RegExp, ignoreCase: boolean): Matcher {
  if (typeof pattern === 'string' && !ignoreCase) return literalMatcher(pattern);
  const source = typeof pattern === 'string' ? escapeRegExp(pattern) : pattern.source;
  const flags = typeof pattern === 'string' ? 'u' : pattern.flags.replaceAll(/[gymi]/g, '');
  const caseless = ignoreCase || (typeof pattern !== 'string' && pattern.ignoreCase);
  return expressionMatcher(source, caseless ? `${flags}i` : flags);
}

function literalMatcher(wanted: string): Matcher {
  const needle = Buffer.from(wanted);
  return {
    mayMatch: (bytes) => asBuffer(bytes).includes(needle),
    next: (text, from) => text.indexOf(wanted, from),
    inLine: (line) => {
      const start = line.indexOf(wanted);
      return start === -1 ? undefined : { start, end: start + wanted.length };
    },
  };
}

function expressionMatcher(source: string, flags: string): Matcher {
  const inLine = new RegExp(source, flags);
  // What matches within a line matches within the whole text as well, unless the expression looks around: then each line is tried.
  const looksAround = /\(\?<?[=!]/.test(source);
  const inText = new RegExp(source, `${flags}gm`);
  return {
    mayMatch: () => true,
    next: (text, from) => {
      if (looksAround) return from;
      inText.lastIndex = from;
      return inText.exec(text)?.index ?? -1;
    },
    inLine: (line) => {
      const found = inLine.exec(line);
      return found === null ? undefined : { start: found.index, end: found.index + found[0].length };
    },
  };
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
