import type { Heading } from 'mdast';
import { toString as plainText } from 'mdast-util-to-string';
import { parseNote } from './parse.ts';

/** A heading with all that is below it, down to the next heading of the same or a higher level. Offsets are UTF-16 units, ends exclusive. */
export interface Section {
  /** As read, without markup. */
  readonly heading: string;
  /** 1 to 6. */
  readonly level: number;
  /** The headings above it, outermost first, and its own. */
  readonly path: readonly string[];
  /** Of the heading, from 1. */
  readonly line: number;
  /** Where the heading begins. */
  readonly start: number;
  /** Where what is below the heading begins. */
  readonly bodyStart: number;
  /** Where it ends, in characters. */
  readonly end: number;
}

/**
 * The sections of a note in order, by CommonMark: `#` in code, in HTML comments or in a quotation is no heading.
 * What is before the first is in none: `text.slice(0, sections[0].start)`.
 */
export function sections(text: string): Section[] {
  const { root, shift } = parseNote(text);
  const headings = root.children.filter((node): node is Heading => node.type === 'heading');
  const found: Section[] = [];
  const open: Heading[] = [];
  for (const [index, heading] of headings.entries()) {
    while (open.length > 0 && open.at(-1)!.depth >= heading.depth) open.pop();
    open.push(heading);
    const next = headings.find(({ depth }, later) => later > index && depth <= heading.depth);
    found.push({
      heading: plainText(heading),
      level: heading.depth,
      path: open.map((node) => plainText(node)),
      line: heading.position!.start.line,
      start: lineStart(text, heading.position!.start.offset! + shift),
      bodyStart: nextLine(text, heading.position!.end.offset! + shift),
      end: next === undefined ? text.length : lineStart(text, next.position!.start.offset! + shift),
    });
  }
  return found;
}

/** A heading may be indented by up to three spaces; they belong to it. */
function lineStart(text: string, offset: number): number {
  const start = offset === 0 ? 0 : text.lastIndexOf('\n', offset - 1) + 1;
  return start === 0 && text.startsWith('\ufeff') ? 1 : start;
}

function nextLine(text: string, offset: number): number {
  const end = text.indexOf('\n', offset);
  return end === -1 ? text.length : end + 1;
}
