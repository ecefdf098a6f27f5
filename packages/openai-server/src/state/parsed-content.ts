import { isUtf8 } from 'node:buffer';
import { documentText } from './documents.ts';
import { extension, isText } from './supported-files.ts';
import type { Unkindness } from './unkindness.ts';

/** The text that the parser makes of a file; `undefined` where it makes none. */
export function parse(filename: string, bytes: Buffer): string | undefined {
  return isText(filename) ? decode(bytes) : documentText(extension(filename), bytes);
}

/** Reads UTF-8, or UTF-16 with a byte order mark. */
function decode(bytes: Buffer): string | undefined {
  const encoding = utf16(bytes);
  if (encoding === undefined && !isUtf8(bytes)) return undefined;
  return new TextDecoder(encoding ?? 'utf-8').decode(bytes);
}

function utf16(bytes: Buffer): string | undefined {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le';
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return 'utf-16be';
  return undefined;
}

/** Parsed content in parts: cut anywhere, each maybe repeating the end of the one before, and trimmed. */
export function contentParts(text: string, unkind: Unkindness): string[] {
  const parts = slices(text, unkind.partCharacters, unkind.overlapCharacters);
  return unkind.trimParts ? parts.map((part) => part.trim()).filter((part) => part !== '') : parts;
}

/** Slices of at most `size` characters, each beginning `overlap` before the last one's end, and no surrogate pair cut. */
export function slices(text: string, size: number, overlap: number): string[] {
  if (text.length <= size) return [text];
  const found: string[] = [];
  for (let start = 0; ; ) {
    const end = boundary(text, start + size);
    found.push(text.slice(start, end));
    if (end === text.length) return found;
    start = boundary(text, Math.max(end - overlap, start + 1));
  }
}

/** `index`, or the next one where it would cut a surrogate pair. */
function boundary(text: string, index: number): number {
  if (index >= text.length) return text.length;
  return text.codePointAt(index - 1)! > 0xffff ? index + 1 : index;
}
