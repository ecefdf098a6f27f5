/**
 * `inserted` with the line endings that `text` has from `start` to `end`; if it has none there, those next below, or next above, or
 * its own.
 */
export function withEndingsOf(text: string, start: number, end: number, inserted: string): string {
  const ending =
    firstEnding(text, start, end) ?? firstEnding(text, end, text.length) ?? lastEnding(text, start);
  if (ending === undefined) return inserted;
  const unix = inserted.replaceAll('\r\n', '\n');
  return ending === '\n' ? unix : unix.replaceAll('\n', ending);
}

function firstEnding(text: string, from: number, to: number): string | undefined {
  return endingAt(text, text.indexOf('\n', from), to);
}

function lastEnding(text: string, before: number): string | undefined {
  return before === 0 ? undefined : endingAt(text, text.lastIndexOf('\n', before - 1), before);
}

function endingAt(text: string, at: number, to: number): string | undefined {
  if (at === -1 || at >= to) return undefined;
  return text[at - 1] === '\r' ? '\r\n' : '\n';
}
