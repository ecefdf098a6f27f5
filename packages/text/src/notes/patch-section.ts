import { backendError } from '@f9/core/driver';
import { LineEndings } from '../edit/line-endings.ts';
import { findSectionIn, type SectionTarget } from './find-section.ts';
import { type Section, sections } from './sections.ts';

/** A change of the text below a heading; the heading itself stays. */
export interface SectionPatch {
  /**
   * `append` puts the content after the last line that is not blank, `prepend` right below the heading, `replace` in place of
   * everything.
   */
  readonly operation: 'append' | 'prepend' | 'replace';
  /** The text to put there. */
  readonly content: string;
}

/** `text` with one section patched; see `patchSection`. */
export function withSection(text: string, target: SectionTarget, patch: SectionPatch, path: string): string {
  if (typeof patch.content !== 'string' || !patch.content.isWellFormed()) {
    throw backendError('INVALID_ARGUMENT', 'The content of a section must be text', { path });
  }
  const all = sections(text);
  const section = findSectionIn(all, target, path);
  // A line break in front keeps `---` from being read as frontmatter.
  const brought = sections(`\n${patch.content}`).length;
  const { start, end } = rangeOf(text, section, patch.operation, path);
  // A neighbouring line could join the content in one construct, such as a heading made of a paragraph, so a blank line parts them.
  for (const [before, after] of [
    ['', ''],
    ['\n', ''],
    ['', '\n'],
    ['\n', '\n'],
  ] as const) {
    const inserted = asLines(text, start, end, `${before}${patch.content}`) + after;
    const fitted = new LineEndings(text).fitted(inserted, start);
    const patched = text.slice(0, start) + fitted + text.slice(end);
    const shift = patched.length - text.length;
    if (keepsOthers(all, sections(patched), { patched: section, shift, brought, ...patch })) return patched;
  }
  throw backendError(
    'INVALID_ARGUMENT',
    'The content would change what follows the section; close its code fences, comments and HTML blocks',
    { path },
  );
}

function rangeOf(
  text: string,
  { bodyStart, end }: Section,
  operation: SectionPatch['operation'],
  path: string,
): { readonly start: number; readonly end: number } {
  const body = text.slice(bodyStart, end);
  const lastLine = bodyStart + body.trimEnd().length;
  const afterLast = body.trim() === '' ? bodyStart : Math.min(end, lineEnd(text, lastLine));
  switch (operation) {
    case 'prepend':
      return { start: bodyStart, end: bodyStart };
    case 'append':
      return { start: afterLast, end: afterLast };
    case 'replace': // The blank lines before the next heading stay.
      return { start: bodyStart, end: afterLast };
    default:
      throw backendError(
        'INVALID_ARGUMENT',
        `A section is patched by append, prepend or replace, not ${operation}`,
        {
          path,
        },
      );
  }
}

/** `content` with line breaks where it needs them to begin and end a line. */
function asLines(text: string, start: number, end: number, content: string): string {
  if (content === '') return '';
  const head = start > 0 && text[start - 1] !== '\n' ? '\n' : '';
  const tail = content.endsWith('\n') || (end === text.length && !text.endsWith('\n')) ? '' : '\n';
  return head + content + tail;
}

/** Whether the headings of the note are those of before and of the content, and no others. */
function keepsOthers(
  old: readonly Section[],
  now: readonly Section[],
  {
    patched,
    shift,
    brought,
    operation,
  }: {
    readonly patched: Section;
    /** The length of the note after the patch, less that before. */
    readonly shift: number;
    /** The number of headings in the content. */
    readonly brought: number;
    readonly operation: SectionPatch['operation'];
  },
): boolean {
  const isInside = ({ start }: Section): boolean => start > patched.start && start < patched.end;
  const isInsideAfter = ({ start }: Section): boolean => start > patched.start && start < patched.end + shift;
  const outside = now.filter((section) => !isInsideAfter(section));
  const kept = old.filter((section) => !isInside(section));
  if (outside.length !== kept.length) return false;
  for (const [index, { heading, level, start }] of kept.entries()) {
    const same = outside[index]!;
    const moved = start >= patched.end ? start + shift : start;
    if (same.start !== moved || same.heading !== heading || same.level !== level) return false;
  }
  const staying = operation === 'replace' ? 0 : old.filter(isInside).length;
  return now.filter(isInsideAfter).length === staying + brought;
}

function lineEnd(text: string, from: number): number {
  const end = text.indexOf('\n', from);
  return end === -1 ? text.length : end + 1;
}
