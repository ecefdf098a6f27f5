/** A matching line: its offsets in the text, without its ending, and the position of its first match. */
export interface LineHit {
  readonly start: number;
  readonly end: number;
  readonly column: number;
}

/** Lines that hold a literal text: at most `most`, and another one where there are more. */
export function literalHits(text: string, wanted: string, most: number): LineHit[] {
  const hits: LineHit[] = [];
  for (let at = text.indexOf(wanted); at !== -1 && hits.length <= most; ) {
    const start = at === 0 ? 0 : text.lastIndexOf('\n', at - 1) + 1;
    const newline = text.indexOf('\n', at);
    const end = newline === -1 ? text.length : newline;
    hits.push({ start, end, column: at - start });
    at = newline === -1 ? -1 : text.indexOf(wanted, newline + 1);
  }
  return hits;
}

/**
 * Lines within which an expression matches: at most `most`, and another one where there are more. A worker runs this function from
 * its source, so that it may use nothing outside of itself.
 */
export function expressionHits(text: string, source: string, flags: string, most: number): LineHit[] {
  const inLine = new RegExp(source, flags);
  const inText = new RegExp(source, `${flags}gm`);
  // A match within a line is found in the whole text as well, unless the expression looks around: then each line is tried.
  const looksAround = /\(\?<?[=!]/.test(source);
  const hits: LineHit[] = [];
  for (let from = 0; from < text.length && hits.length <= most; ) {
    inText.lastIndex = from;
    const candidate = looksAround ? from : inText.exec(text)?.index;
    if (candidate === undefined) break;
    const start = candidate === 0 ? 0 : text.lastIndexOf('\n', candidate - 1) + 1;
    // Behind the last line break there is no line.
    if (start === text.length) break;
    const newline = text.indexOf('\n', candidate);
    const end = newline === -1 ? text.length : newline;
    const found = inLine.exec(text.slice(start, end > start && text[end - 1] === '\r' ? end - 1 : end));
    if (found !== null) hits.push({ start, end, column: found.index });
    from = end + 1;
  }
  return hits;
}
