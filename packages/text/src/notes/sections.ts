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
  const found: { -readonly [Key in keyof Section]: Section[Key] }[] = [];
  const open: typeof found = [];
  for (const node of root.children) {
    if (node.type !== 'heading') continue;
    const { start, end } = node.position!;
    const from = lineStart(text, start.offset! + shift);
    while (open.length > 0 && open.at(-1)!.level >= node.depth) open.pop()!.end = from;
    const heading = plainText(node);
    const section = {
      heading,
      level: node.depth,
      path: [...open.map((above) => above.heading), heading],
      line: start.line,
      start: from,
      bodyStart: nextLine(text, end.offset! + shift),
      end: text.length,
    };
    found.push(section);
    open.push(section);
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
