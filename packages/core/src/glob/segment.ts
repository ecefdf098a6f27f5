/** Whether one character of a name fits. */
type CharacterTest = (character: string) => boolean;
type Token =
  | { readonly kind: 'literal'; readonly text: string }
  | { readonly kind: 'any' }
  | { readonly kind: 'class'; readonly test: CharacterTest }
  | { readonly kind: 'star' };

/** The part of a pattern between two slashes, as a test of one name. */
export interface Segment {
  /** The name itself, where the segment holds no wildcard. */
  readonly literal: string | undefined;
  matches(name: string): boolean;
}

/** @param source without slashes and braces, escapes still in it */
export function compileSegment(source: string, dot: boolean): Segment {
  const tokens = tokenize(source);
  if (tokens.every((token) => token.kind === 'literal')) {
    const literal = textOf(tokens);
    return { literal, matches: (name) => name === literal };
  }
  const first = tokens[0]!;
  const allowsDot = dot || (first.kind === 'literal' && first.text.startsWith('.'));
  const matchesAll = matcherOfOneStar(tokens) ?? matcherOf(tokens);
  return { literal: undefined, matches: (name) => (allowsDot || !name.startsWith('.')) && matchesAll(name) };
}

/** A quick test for `*`, `*.md` and `a*`, which most segments are. */
function matcherOfOneStar(tokens: readonly Token[]): ((name: string) => boolean) | undefined {
  const star = tokens.findIndex((token) => token.kind === 'star');
  const [before, after] = [tokens.slice(0, Math.max(star, 0)), tokens.slice(star + 1)];
  if (star < 0 || ![...before, ...after].every((token) => token.kind === 'literal')) return undefined;
  const [prefix, suffix] = [textOf(before), textOf(after)];
  const least = prefix.length + suffix.length;
  return (name) => name.length >= least && name.startsWith(prefix) && name.endsWith(suffix);
}

function matcherOf(tokens: readonly Token[]): (name: string) => boolean {
  const least = tokens.filter((token) => token.kind !== 'star').length;
  return (name) => name.length >= least && matchTokens(tokens, [...name]);
}

function textOf(tokens: readonly Token[]): string {
  return tokens.map((token) => (token.kind === 'literal' ? token.text : '')).join('');
}

function tokenize(source: string): Token[] {
  const tokens: Token[] = [];
  const characters = [...source];
  let isClassOpen = true;
  for (let i = 0; i < characters.length; i++) {
    const character = characters[i]!;
    if (character === '\\') {
      tokens.push({ kind: 'literal', text: characters[++i] ?? '\\' });
    } else if (character === '*') {
      if (tokens.at(-1)?.kind !== 'star') tokens.push({ kind: 'star' });
    } else if (character === '?') {
      tokens.push({ kind: 'any' });
    } else if (character === '[') {
      const parsed: ParsedClass | undefined = isClassOpen ? parseClass(characters, i) : undefined;
      // Where one class is never closed, no later one is either.
      isClassOpen = parsed !== undefined;
      tokens.push(parsed?.token ?? { kind: 'literal', text: '[' });
      i = parsed?.end ?? i;
    } else {
      tokens.push({ kind: 'literal', text: character });
    }
  }
  return tokens;
}

interface ParsedClass {
  readonly token: Token;
  /** The index of its `]`. */
  readonly end: number;
}

/** `[a-z]`, `[!a]`, `[^a]`; a `]` in the first place stands for itself. `undefined` where the bracket is never closed. */
function parseClass(characters: readonly string[], start: number): ParsedClass | undefined {
  let i = start + 1;
  const negated = characters[i] === '!' || characters[i] === '^';
  if (negated) i++;
  const ranges: (readonly [low: number, high: number])[] = [];
  for (let first = true; i < characters.length; first = false) {
    if (characters[i] === ']' && !first) {
      const test: CharacterTest = (character) => {
        const point = character.codePointAt(0)!;
        return ranges.some(([low, high]) => point >= low && point <= high) !== negated;
      };
      return { token: { kind: 'class', test }, end: i };
    }
    const low = readClassCharacter(characters, i);
    i = low.next;
    if (characters[i] === '-' && characters[i + 1] !== undefined && characters[i + 1] !== ']') {
      const high = readClassCharacter(characters, i + 1);
      ranges.push([low.point, high.point]);
      i = high.next;
    } else {
      ranges.push([low.point, low.point]);
    }
  }
  return undefined;
}

function readClassCharacter(characters: readonly string[], at: number): { point: number; next: number } {
  const escaped = characters[at] === '\\' && characters[at + 1] !== undefined;
  const index = escaped ? at + 1 : at;
  return { point: characters[index]!.codePointAt(0)!, next: index + 1 };
}

/** Backtracks only to the last star, so that no pattern takes more than name times pattern steps. */
function matchTokens(tokens: readonly Token[], name: readonly string[]): boolean {
  let t = 0;
  let n = 0;
  let star = -1;
  let resume = 0;
  while (n < name.length) {
    const token = tokens[t];
    if (token?.kind === 'star') {
      star = t++;
      resume = n;
    } else if (token !== undefined && matchesOne(token, name[n]!)) {
      t++;
      n++;
    } else if (star >= 0) {
      t = star + 1;
      n = ++resume;
    } else {
      return false;
    }
  }
  return tokens.slice(t).every((token) => token.kind === 'star');
}

function matchesOne(token: Token, character: string): boolean {
  if (token.kind === 'literal') return token.text === character;
  return token.kind === 'any' || (token.kind === 'class' && token.test(character));
}
