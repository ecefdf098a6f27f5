import type { Matcher } from './matcher.ts';

const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });

/** The text of a file to search; empty where its bytes show that no line can match. */
export function searchableText(bytes: Uint8Array, matcher: Matcher): string | 'binary' {
  const [first, second] = bytes;
  if (first === 0xff && second === 0xfe) return new TextDecoder('utf-16le').decode(bytes);
  if (first === 0xfe && second === 0xff) return new TextDecoder('utf-16be').decode(bytes);
  if (bytes.includes(0)) return 'binary';
  return matcher.mayMatch(bytes) ? withoutMark(utf8.decode(bytes)) : '';
}

function withoutMark(text: string): string {
  return text.startsWith('\ufeff') ? text.slice(1) : text;
}
