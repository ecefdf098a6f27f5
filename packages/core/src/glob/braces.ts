import { backendError } from '../errors.ts';

/** Most patterns that one pattern may stand for, and most characters of them all together; more is a mistake or an attack. */
const MAX_ALTERNATIVES = 1000;
const MAX_CHARACTERS = 2 ** 18;

/** A `{` that waits for its `}`: what stands before each comma, and what has been read since the last one. */
interface Group {
  readonly parts: string[][];
  /** Every spelling so far of the alternative that is being read. */
  current: string[];
}

/**
 * The patterns that `{a,b}` stands for, nested ones too. Braces without a comma (`{a}`, `{1..3}`) and unclosed ones are literal;
 * in the result every brace and comma left stands for itself.
 *
 * @throws `INVALID_ARGUMENT` where they are more than 1000, or more than 256 Ki characters in all.
 */
export function expandBraces(pattern: string): string[] {
  const groups: Group[] = [{ parts: [], current: [''] }];
  let here = groups[0]!;
  let start = 0;
  const take = (end: number): void => {
    if (end > start) here.current = join(here.current, [pattern.slice(start, end)]);
    start = end + 1;
  };
  let isClassOpen = true;
  for (let i = 0; i < pattern.length; i++) {
    const character = pattern[i];
    if (character === '\\') i++;
    else if (character === '/') isClassOpen = true;
    else if (character === '[' && isClassOpen) {
      const end = endOfClass(pattern, i);
      // Where one class of a name is never closed, no later one of that name is either.
      isClassOpen = end !== undefined;
      i = end ?? i;
    } else if (character === '{') {
      take(i);
      here = { parts: [], current: [''] };
      groups.push(here);
    } else if (character === ',' && groups.length > 1) {
      take(i);
      here.parts.push(here.current);
      here.current = [''];
    } else if (character === '}' && groups.length > 1) {
      take(i);
      const { parts, current } = groups.pop()!;
      here = groups.at(-1)!;
      here.current = join(
        here.current,
        parts.length === 0 ? join(['{'], join(current, ['}'])) : [...parts.flat(), ...current],
      );
    }
  }
  take(pattern.length);
  // A group that was never closed is literal.
  return groups
    .map(({ parts, current }) =>
      [...parts, current].reduce((before, part) => join(join(before, [',']), part)),
    )
    .reduce((before, group) => join(join(before, ['{']), group));
}

/** Every one of `heads` with every one of `tails`. */
function join(heads: readonly string[], tails: readonly string[]): string[] {
  const length = (texts: readonly string[]): number => texts.reduce((sum, text) => sum + text.length, 0);
  const count = heads.length * tails.length;
  if (
    count > MAX_ALTERNATIVES ||
    heads.length * length(tails) + tails.length * length(heads) > MAX_CHARACTERS
  ) {
    throw backendError(
      'INVALID_ARGUMENT',
      `The pattern is too long, or its braces stand for more than ${MAX_ALTERNATIVES} alternatives`,
    );
  }
  return heads.flatMap((head) => tails.map((tail) => head + tail));
}

/** The index of the `]` that closes a class. */
function endOfClass(pattern: string, open: number): number | undefined {
  let i = open + 1;
  if (pattern[i] === '!' || pattern[i] === '^') i++;
  for (let first = true; i < pattern.length && pattern[i] !== '/'; i++, first = false) {
    if (pattern[i] === '\\') i++;
    else if (pattern[i] === ']' && !first) return i;
  }
  return undefined;
}
