import { fold } from '../words/fold.ts';
import type { Query } from '../words/query.ts';

/** The lines of a passage that answer most of the query. */
export interface Snippet {
  readonly text: string;
  /** Lines of the passage before the one that was found. */
  readonly lineOffset: number;
}

const LONGEST_LINE = 240;

/** The best line of a passage and the one after it, long ones cut around the match. */
export function snippetOf(passage: string, query: Query): Snippet {
  const wanted = query.words.flatMap(({ word, tokens }) => [word, ...tokens]);
  const lines = passage.split(/\r?\n/);
  let best = lines.findIndex((line) => line.trim() !== '');
  let most = 0;
  for (const [index, line] of lines.entries()) {
    const folded = fold(line);
    const found = wanted.reduce((sum, word) => (folded.includes(word) ? sum + 1 + word.length / 20 : sum), 0);
    if (found > most) {
      most = found;
      best = index;
    }
  }
  const shown = lines.slice(best, best + 2).map((line) => cutAround(line.trim(), wanted));
  return { text: shown.join('\n').trim(), lineOffset: Math.max(0, best) };
}

function cutAround(line: string, wanted: readonly string[]): string {
  if (line.length <= LONGEST_LINE) return line;
  const folded = fold(line);
  const places = wanted.map((word) => folded.indexOf(word)).filter((place) => place >= 0);
  // Folding changes lengths a little, but the position is near enough.
  const hit = Math.min(places.length === 0 ? 0 : Math.min(...places), line.length - 1);
  const from = wholeCharacter(
    line,
    Math.max(0, Math.min(hit - LONGEST_LINE / 3, line.length - LONGEST_LINE)),
  );
  const to = wholeCharacter(line, Math.min(line.length, from + LONGEST_LINE));
  return `${from > 0 ? '…' : ''}${line.slice(from, to)}${to < line.length ? '…' : ''}`;
}

function wholeCharacter(text: string, at: number): number {
  const whole = Math.floor(at);
  return (text.charCodeAt(whole) & 0xfc00) === 0xdc00 ? whole - 1 : whole;
}
