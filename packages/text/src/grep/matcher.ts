import { escapeRegExp } from './escape-reg-exp.ts';
import { ExpressionWorker } from './expression-worker.ts';
import { expressionHits, type LineHit, literalHits } from './hits.ts';

/** Finds matching lines; where it can, it rules a file out by its bytes first, since decoding costs more. */
export interface Matcher extends AsyncDisposable {
  /** False only if no line of these bytes can match. */
  mayMatch(bytes: Uint8Array): boolean;
  /** Matching lines, in order: at most `most`, and another one where there are more. */
  hits(text: string, most: number): LineHit[] | Promise<LineHit[]>;
}

/** A matcher for a literal, or for a regular expression within one line, in a worker if its time is limited. */
export function matcherOf(
  pattern: string | RegExp,
  ignoreCase: boolean,
  {
    timeLimit,
    signal,
  }: { readonly timeLimit?: number | undefined; readonly signal?: AbortSignal | undefined },
): Matcher {
  if (typeof pattern === 'string' && !ignoreCase) return literalMatcher(pattern);
  const source = typeof pattern === 'string' ? escapeRegExp(pattern) : pattern.source;
  const plain = typeof pattern === 'string' ? 'u' : pattern.flags.replaceAll(/[gymi]/g, '');
  const caseless = ignoreCase || (typeof pattern !== 'string' && pattern.ignoreCase);
  const flags = caseless ? `${plain}i` : plain;
  // A literal takes only as long as the text is long.
  if (timeLimit !== undefined && typeof pattern !== 'string')
    return new ExpressionWorker(source, flags, timeLimit, signal);
  return {
    mayMatch: () => true,
    hits: (text, most) => expressionHits(text, source, flags, most),
    [Symbol.asyncDispose]: async () => undefined,
  };
}

function literalMatcher(wanted: string): Matcher {
  const needle = Buffer.from(wanted);
  return {
    mayMatch: (bytes) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).includes(needle),
    hits: (text, most) => literalHits(text, wanted, most),
    [Symbol.asyncDispose]: async () => undefined,
  };
}
