/**
 * The text of a piece of a file, for search, or nothing where it is no text. A character may be cut at either end of the piece.
 */
export function renditionOf(piece: Uint8Array): string | undefined {
  if (piece.includes(0)) return undefined;
  let start = 0;
  while (start < MAX_CUT && isContinuation(piece[start])) start++;
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(piece.subarray(start), { stream: true });
    // The service refuses a file without words.
    return text.trim() === '' ? undefined : text;
  } catch {
    return undefined;
  }
}

/** Bytes of a UTF-8 character that can follow a cut. */
const MAX_CUT = 3;

function isContinuation(byte: number | undefined): boolean {
  return byte !== undefined && (byte & 0xc0) === 0x80;
}
