import type { Nodes, Parents } from 'mdast';
import { LineCounter } from '../edit/find.ts';
import { parseNote } from './parse.ts';

/** A link in a note. Offsets are UTF-16 units, the end exclusive. */
export interface NoteLink {
  /** `wiki` is `[[note]]`, `embed` is `![[note]]`; `link` and `image` are Markdown's. */
  readonly kind: 'link' | 'image' | 'wiki' | 'embed';
  /** The target without `#…`: a path, a note's name, or a URL; empty for a heading of the note itself. */
  readonly target: string;
  /** The heading behind `#` in the target. */
  readonly heading?: string;
  /** The text to show, if the link gives one. */
  readonly text?: string;
  /** Whether the target is a URL with a scheme. */
  readonly external: boolean;
  /** The line, from 1. */
  readonly line: number;
  /** Start of the link. */
  readonly start: number;
  /** End of the link. */
  readonly end: number;
}

const WIKI_LINK = /(!?)\[\[([^[\]|#\n]*)(?:#([^[\]|\n]*))?(?:\|([^[\]\n]*))?\]\]/g;

/** The links of a note in order; text in code or HTML holds none. */
export function links(text: string): NoteLink[] {
  const { root, shift } = parseNote(text);
  const definitions = new Map<string, string>();
  const found: NoteLink[] = [];
  visit(root, (node) => {
    // The first definition of a label is the valid one.
    if (node.type === 'definition' && !definitions.has(node.identifier))
      definitions.set(node.identifier, node.url);
  });
  visit(root, (node) => {
    const link = markdownLink(node, definitions, shift);
    if (link !== undefined) found.push(link);
    if (node.type !== 'paragraph' && node.type !== 'heading') return;
    for (const wiki of wikiLinks(text, node, shift)) found.push(wiki);
  });
  return found.sort((a, b) => a.start - b.start);
}

function visit(node: Nodes, look: (node: Nodes) => void): void {
  look(node);
  if ('children' in node) for (const child of node.children) visit(child, look);
}

function markdownLink(node: Nodes, definitions: Map<string, string>, shift: number): NoteLink | undefined {
  const url =
    node.type === 'link' || node.type === 'image'
      ? node.url
      : node.type === 'linkReference' || node.type === 'imageReference'
        ? definitions.get(node.identifier)
        : undefined;
  if (url === undefined) return undefined;
  const kind = node.type.startsWith('image') ? 'image' : 'link';
  const shown = 'alt' in node ? node.alt : shownText(node as Parents);
  const external = /^[a-z][a-z0-9+.-]*:|^\/\//i.test(url);
  const [target, heading] = external ? [url, undefined] : parts(decoded(url));
  return { kind, target, ...given({ heading, text: shown }), external, ...placeOf(node, shift) };
}

function wikiLinks(text: string, block: Parents, shift: number): NoteLink[] {
  const { start, end, line } = placeOf(block, shift);
  const source = withoutCode(text.slice(start, end), block, start - shift);
  const counter = new LineCounter(source);
  return [...source.matchAll(WIKI_LINK)].map(
    ({ index, 0: all, 1: mark, 2: target, 3: heading, 4: shown }) => ({
      kind: mark === '!' ? 'embed' : 'wiki',
      target: target!.trim(),
      ...given({ heading: heading?.trim(), text: shown?.trim() }),
      external: false,
      line: line + counter.lineAt(index) - 1,
      start: start + index,
      end: start + index + all.length,
    }),
  );
}

/** The source of a block with inline code and HTML replaced by blanks, of the same length. */
function withoutCode(source: string, block: Parents, from: number): string {
  const pieces: string[] = [];
  let done = 0;
  visit(block as Nodes, (node) => {
    if (node.type !== 'inlineCode' && node.type !== 'html') return;
    const start = node.position!.start.offset! - from;
    const end = node.position!.end.offset! - from;
    pieces.push(source.slice(done, start), ' '.repeat(end - start));
    done = end;
  });
  return pieces.join('') + source.slice(done);
}

function placeOf(
  node: Nodes,
  shift: number,
): { readonly line: number; readonly start: number; readonly end: number } {
  const { start, end } = node.position!;
  return { line: start.line, start: start.offset! + shift, end: end.offset! + shift };
}

function shownText(node: Parents): string {
  return node.children
    .map((child) => ('value' in child ? child.value : 'children' in child ? shownText(child) : ''))
    .join('');
}

function parts(url: string): [target: string, heading: string | undefined] {
  const hash = url.indexOf('#');
  return hash === -1 ? [url, undefined] : [url.slice(0, hash), url.slice(hash + 1)];
}

function decoded(url: string): string {
  try {
    return decodeURIComponent(url);
  } catch {
    return url; // A `%` that escapes nothing stands for itself.
  }
}

/** The values without those that are not given. */
function given(values: { readonly heading: string | undefined; readonly text: string | null | undefined }): {
  readonly heading?: string;
  readonly text?: string;
} {
  return {
    ...(values.heading === undefined ? {} : { heading: values.heading }),
    ...(values.text === undefined || values.text === null || values.text === '' ? {} : { text: values.text }),
  };
}
