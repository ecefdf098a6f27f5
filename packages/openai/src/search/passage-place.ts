import { baseName } from '@f9/core/driver';
import { readInline } from '../bytes/parts.ts';
import { TextReader } from '../bytes/text-reader.ts';
import type { FileEntry } from '../entries/entry.ts';
import type { Call } from '../service/call.ts';

/** The place where a passage begins. */
export interface PassagePlace {
  /** Counted from 1. */
  readonly line?: number;
  /** The heading of Markdown that it stands under. */
  readonly heading?: string;
}

/**
 * The place of a passage in the text of its file. It is known only where the text needs no request and the service has not changed
 * the passage.
 */
export async function placeOf(file: FileEntry, passage: string, call: Call): Promise<PassagePlace> {
  if (file.bytes.form !== 'inline') return {};
  const bytes = await readInline(file, call);
  const text = new TextReader(bytes).read(bytes) ?? '';
  const begin = passage.trimStart().split('\n', 1)[0]!.trimEnd();
  const offset = begin === '' ? -1 : text.indexOf(begin);
  if (offset < 0) return {};
  const before = text.slice(0, offset + begin.length).split('\n');
  const heading = isMarkdown(file.path) ? lastHeading(before) : undefined;
  return { line: before.length, ...(heading === undefined ? {} : { heading }) };
}

function isMarkdown(path: string): boolean {
  return /\.(?:md|mdx|markdown)$/i.test(baseName(path));
}

/** The last heading in these lines that is not in a block of code. */
function lastHeading(lines: readonly string[]): string | undefined {
  let heading: string | undefined;
  let isCode = false;
  for (const line of lines) {
    if (/^\s{0,3}(?:```|~~~)/.test(line)) isCode = !isCode;
    else if (!isCode) heading = /^ {0,3}#{1,6}[ \t]+(.*?)[ \t]*#*\s*$/.exec(line)?.[1] || heading;
  }
  return heading;
}
