import { isUtf8 } from 'node:buffer';
import type { Unkindness } from './unkindness.ts';

/** UTF-8, or UTF-16 with a byte order mark. */
export function isDecodable(bytes: Buffer): boolean {
  return utf16(bytes) !== undefined || isUtf8(bytes);
}

export function decodeText(bytes: Buffer): string {
  return new TextDecoder(utf16(bytes) ?? 'utf-8').decode(bytes);
}

function utf16(bytes: Buffer): string | undefined {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le';
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return 'utf-16be';
  return undefined;
}

/** The parts that parsed content comes in: cut anywhere, each perhaps repeating the end of the one before, and trimmed. */
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
