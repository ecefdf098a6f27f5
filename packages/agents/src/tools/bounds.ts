import type { ToolAnswer } from './answer.ts';

/** As much of a list as an answer may hold. */
export interface Page {
  readonly content: string;
  readonly truncated: boolean;
  /** The `offset` for the next page. */
  readonly nextOffset?: number;
}

/** Bytes kept for the line that tells how to go on. */
const LAST_LINE_BYTES = 80;

/** Lines from `offset` on, at most `limit` of them, in at most `maxBytes` bytes, with a last line that tells how to go on. */
export function pageOf(
  lines: readonly string[],
  {
    offset = 0,
    limit = Number.POSITIVE_INFINITY,
  }: { readonly offset?: number | undefined; readonly limit?: number | undefined },
  maxBytes: number,
  none: string,
): Page {
  const room = Math.max(1, maxBytes - LAST_LINE_BYTES);
  const shown: string[] = [];
  let bytes = 0;
  for (const line of lines.slice(offset, offset + limit)) {
    const fitting = shown.length === 0 ? cutTo(line, room - 1) : line;
    bytes += Buffer.byteLength(fitting) + 1;
    if (bytes > room && shown.length > 0) break;
    shown.push(fitting);
  }
  const next = offset + shown.length;
  if (lines.length === 0) return { content: none, truncated: false };
  if (next >= lines.length) return { content: shown.join('\n'), truncated: false };
  shown.push(`… ${lines.length - next} more: go on with offset ${next}`);
  return { content: shown.join('\n'), truncated: true, nextOffset: next };
}

/** `text` in at most `maxBytes` bytes, cut between characters. */
export function cutTo(text: string, maxBytes: number): string {
  const bytes = Buffer.from(text);
  if (bytes.length <= maxBytes) return text;
  let end = maxBytes;
  while (end > 0 && (bytes[end]! & 0xc0) === 0x80) end--;
  return bytes.toString('utf8', 0, end);
}

/** An answer whose text is within its bounds, wherever it came from. */
export function bounded(answer: ToolAnswer, maxBytes: number): ToolAnswer {
  const content = cutTo(answer.content, maxBytes);
  return content.length === answer.content.length
    ? answer
    : { ...answer, content, data: { ...answer.data, truncated: true } };
}
