/** What one character of a name may be. */
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
    const literal = tokens.map((token) => token.text).join('');
    return { literal, matches: (name) => name === literal };
  }
  const first = tokens[0]!;
  const allowsDot = dot || (first.kind === 'literal' && first.text.startsWith('.'));
  const matchesAll = shortcut(tokens) ?? ((name) => matchTokens(tokens, [...name]));
  return { literal: undefined, matches: (name) => (allowsDot || !name.startsWith('.')) && matchesAll(name) };
}

/** `*` and `*.md` are most of all segments. */
function shortcut(tokens: readonly Token[]): ((name: string) => boolean) | undefined {
  const [first, ...rest] = tokens;
  if (first?.kind !== 'star' || !rest.every((token) => token.kind === 'literal')) return undefined;
  const suffix = rest.map((token) => token.text).join('');
  return (name) => name.endsWith(suffix);
}

function tokenize(source: string): Token[] {
  const tokens: Token[] = [];
  const characters = [...source];
  for (let i = 0; i < characters.length; i++) {
    const character = characters[i]!;
    if (character === '\\') {
      tokens.push({ kind: 'literal', text: characters[++i] ?? '\\' });
    } else if (character === '*') {
      if (tokens.at(-1)?.kind !== 'star') tokens.push({ kind: 'star' });
    } else if (character === '?') {
      tokens.push({ kind: 'any' });
    } else if (character === '[') {
      const parsed = parseClass(characters, i);
      tokens.push(parsed?.token ?? { kind: 'literal', text: '[' });
      i = parsed?.end ?? i;
    } else {
      tokens.push({ kind: 'literal', text: character });
    }
  }
  return tokens;
}

/** `[a-z]`, `[!a]`, `[^a]`; a `]` in the first place stands for itself. `undefined` where the bracket is never closed. */
function parseClass(characters: readonly string[], start: number): { token: Token; end: number } | undefined {
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

/** Goes back only to the last star, so that no pattern takes more than name times pattern steps. */
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
