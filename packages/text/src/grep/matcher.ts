import { escapeRegExp } from './escape-reg-exp.ts';
import { ExpressionWorker } from './expression-worker.ts';
import { expressionHits, type LineHit, literalHits } from './hits.ts';
import { requiredTexts } from './required-texts.ts';

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
  const required = requiredTexts(source, flags);
  const mayMatch = required === undefined ? () => true : holdsOneOf(required, caseless);
  // A literal takes only as long as the text is long.
  if (timeLimit !== undefined && typeof pattern !== 'string') {
    const worker = new ExpressionWorker(source, flags, timeLimit, signal);
    return {
      mayMatch,
      hits: (text, most) => worker.hits(text, most),
      [Symbol.asyncDispose]: () => worker[Symbol.asyncDispose](),
    };
  }
  return {
    mayMatch,
    hits: (text, most) => expressionHits(text, source, flags, most),
    [Symbol.asyncDispose]: async () => undefined,
  };
}

function literalMatcher(wanted: string): Matcher {
  return {
    mayMatch: holdsOneOf([wanted], false),
    hits: (text, most) => literalHits(text, wanted, most),
    [Symbol.asyncDispose]: async () => undefined,
  };
}

/** Whether bytes of UTF-8 hold one of the texts, which are ASCII where case is ignored. */
function holdsOneOf(texts: readonly string[], caseless: boolean): Matcher['mayMatch'] {
  const viewOf = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (caseless) {
    const lower = texts.map((text) => text.toLowerCase());
    return (bytes) => {
      const content = viewOf(bytes).toString('latin1').toLowerCase();
      return lower.some((text) => content.includes(text));
    };
  }
  const needles = texts.map((text) => Buffer.from(text));
  return (bytes) => {
    const content = viewOf(bytes);
    return needles.some((needle) => content.includes(needle));
  };
}
