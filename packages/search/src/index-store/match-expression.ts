import type { WantedWord, WantedWords } from './wanted-words.ts';

/** A query in the form of FTS5. */
export interface MatchExpression {
  readonly expression: string;
  /** How often each word stands in it. */
  readonly times: number;
}

/** The FTS5 expression of a query: any word counts. Every token is quoted, so that nothing is syntax. */
export function matchExpression({ deciding, others, phrases }: WantedWords): MatchExpression {
  const any = deciding.flatMap(expressionsOf);
  const exact = phrases.map(phraseOf);
  if (others.length === 0) return { expression: [...any, ...exact].join(' OR '), times: 1 };
  // The rarest words stand there twice, like the others, so that each counts as much as it would alone.
  const more = [...others.flatMap(expressionsOf), ...exact];
  const all = [...any, ...more, ...more];
  return { expression: `(${any.join(' OR ')}) AND (${all.join(' OR ')})`, times: 2 };
}

/** The FTS5 expressions of all words and phrases, one each. */
export function eachExpression({ deciding, others, phrases }: WantedWords): string[] {
  return [...[...deciding, ...others].flatMap(expressionsOf), ...phrases.map(phraseOf)];
}

function expressionsOf({ tokens, prefix }: WantedWord): string[] {
  const any = tokens.map(quoted);
  if (prefix !== undefined) any.push(`${quoted(prefix)} *`);
  return any;
}

function phraseOf(tokens: readonly string[]): string {
  return quoted(tokens.join(' '));
}

function quoted(token: string): string {
  return `"${token.replaceAll('"', '""')}"`;
}
