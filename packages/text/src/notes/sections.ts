import type { Heading } from 'mdast';
import { toString as plainText } from 'mdast-util-to-string';
import { parseNote } from './parse.ts';

/** A heading with all that is below it, down to the next heading of the same or a higher level. Offsets are UTF-16 units, ends exclusive. */
export interface Section {
  /** Its text, without markup. */
  readonly heading: string;
  /** The level, 1 to 6. */
  readonly level: number;
  /** The headings above it, outermost first, and its own. */
  readonly path: readonly string[];
  /** The line of the heading, from 1. */
  readonly line: number;
  /** Start of the heading. */
  readonly start: number;
  /** Start of the text below the heading. */
  readonly bodyStart: number;
  /** End of the section. */
  readonly end: number;
}

/**
 * The sections of a note in order, by CommonMark: `#` in code, HTML comments or quotations makes no heading. Text before the first
 * heading is in no section: `text.slice(0, sections[0].start)`.
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

/** The start of a heading's line: up to three spaces of indentation belong to the heading. */
function lineStart(text: string, offset: number): number {
  const start = offset === 0 ? 0 : text.lastIndexOf('\n', offset - 1) + 1;
  return start === 0 && text.startsWith('\ufeff') ? 1 : start;
}

function nextLine(text: string, offset: number): number {
  const end = text.indexOf('\n', offset);
  return end === -1 ? text.length : end + 1;
}
