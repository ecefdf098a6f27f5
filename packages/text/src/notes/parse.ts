import type { Root } from 'mdast';
import { fromMarkdown } from 'mdast-util-from-markdown';
import { frontmatterFromMarkdown } from 'mdast-util-frontmatter';
import { frontmatter } from 'micromark-extension-frontmatter';

const BOM = '\ufeff';

/** A note, parsed as CommonMark with YAML frontmatter. */
export interface ParsedNote {
  readonly root: Root;
  /** Added to a position of the parser, gives the offset in the text: the parser leaves a BOM out. */
  readonly shift: number;
}

export function parseNote(text: string): ParsedNote {
  const shift = text.startsWith(BOM) ? 1 : 0;
  const root = fromMarkdown(text.slice(shift), {
    extensions: [frontmatter('yaml')],
    mdastExtensions: [frontmatterFromMarkdown('yaml')],
  });
  return { root, shift };
}
