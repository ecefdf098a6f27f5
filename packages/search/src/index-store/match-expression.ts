import type { WantedWord, WantedWords } from './wanted-words.ts';

/** A query in the form of FTS5. */
export interface MatchExpression {
  readonly expression: string;
  /** The best rank that a passage could have. */
  readonly best: number;
}

/** The FTS5 expression of a query: any word counts. Every token is quoted, so that nothing is syntax. */
export function matchExpression({ deciding, others, phrases, best }: WantedWords): MatchExpression {
  const any = deciding.map(expressionOf);
  const exact = phrases.map((tokens) => quoted(tokens.join(' ')));
  if (others.length === 0) return { expression: [...any, ...exact].join(' OR '), best };
  // The rarest words stand there twice, like the others, so that each counts as much as it would alone.
  const more = [...others.map(expressionOf), ...exact];
  const all = [...any, ...more, ...more];
  return { expression: `(${any.join(' OR ')}) AND (${all.join(' OR ')})`, best: 2 * best };
}

function expressionOf({ tokens, prefix }: WantedWord): string {
  const any = tokens.map(quoted);
  if (prefix !== undefined) any.push(`${quoted(prefix)} *`);
  return any.join(' OR ');
}

function quoted(token: string): string {
  return `"${token.replaceAll('"', '""')}"`;
}
