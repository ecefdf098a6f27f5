import { backendError } from '../errors.ts';

/** Patterns that one pattern may stand for; more is a mistake or an attack. */
const MAX_ALTERNATIVES = 1000;

/**
 * The patterns that `{a,b}` stands for, nested ones too. Braces without a comma (`{a}`, `{1..3}`) and unclosed ones are literal;
 * in the result every brace and comma left stands for itself.
 *
 * @throws `INVALID_ARGUMENT` where they are more than 1000.
 */
export function expandBraces(pattern: string): string[] {
  const group = findGroup(pattern);
  if (group === undefined) return [pattern];
  const head = pattern.slice(0, group.open);
  const tails = expandBraces(pattern.slice(group.close + 1));
  const bodies = group.parts.flatMap((part) => expandBraces(part));
  if (bodies.length * tails.length > MAX_ALTERNATIVES) {
    throw backendError(
      'INVALID_ARGUMENT',
      `The braces of the pattern stand for more than ${MAX_ALTERNATIVES} alternatives`,
    );
  }
  return bodies.flatMap((body) => tails.map((tail) => head + body + tail));
}

interface Group {
  readonly open: number;
  readonly close: number;
  readonly parts: readonly string[];
}

/** The first outermost `{…,…}`. */
function findGroup(pattern: string): Group | undefined {
  for (let open = 0; open < pattern.length; open++) {
    if (pattern[open] === '\\') open++;
    else if (pattern[open] === '[') open = skipClass(pattern, open);
    else if (pattern[open] === '{') {
      const group = readGroup(pattern, open);
      if (group !== undefined && group.parts.length > 1) return group;
    }
  }
  return undefined;
}

function readGroup(pattern: string, open: number): Group | undefined {
  const parts: string[] = [];
  let depth = 0;
  let start = open + 1;
  for (let i = open; i < pattern.length; i++) {
    const character = pattern[i];
    if (character === '\\') i++;
    else if (character === '[') i = skipClass(pattern, i);
    else if (character === '{') depth++;
    else if (character === ',' && depth === 1) {
      parts.push(pattern.slice(start, i));
      start = i + 1;
    } else if (character === '}' && --depth === 0) {
      return { open, close: i, parts: [...parts, pattern.slice(start, i)] };
    }
  }
  return undefined;
}

/** The index of the `]` that closes a class, or of the `[` itself where none does. */
function skipClass(pattern: string, open: number): number {
  let i = open + 1;
  if (pattern[i] === '!' || pattern[i] === '^') i++;
  for (let first = true; i < pattern.length && pattern[i] !== '/'; i++, first = false) {
    if (pattern[i] === '\\') i++;
    else if (pattern[i] === ']' && !first) return i;
  }
  return open;
}
