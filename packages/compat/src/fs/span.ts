import { toBytes } from './content.ts';

/** A place in a buffer and in the file, to read or write. */
export interface Span {
  readonly offset?: number;
  readonly length?: number;
  /** In the file. Default: where the last call ended. */
  readonly position?: number | bigint | null;
}

/** A span as the arguments of `read` and `write` spell it. */
export function spanOf(
  offsetOrSpan: number | Span | null | undefined,
  length: number | null | undefined,
  position: number | bigint | null | undefined,
): Span {
  if (typeof offsetOrSpan === 'object' && offsetOrSpan !== null) return offsetOrSpan;
  return {
    ...(typeof offsetOrSpan === 'number' ? { offset: offsetOrSpan } : {}),
    ...(typeof length === 'number' ? { length } : {}),
    ...(position === undefined ? {} : { position }),
  };
}

/** The bytes of a buffer that a span means. */
export function slice(buffer: NodeJS.ArrayBufferView, { offset = 0, length }: Span): Uint8Array {
  const bytes = toBytes(buffer);
  return bytes.subarray(offset, length === undefined ? undefined : offset + length);
}

/** Whether a span says where in the file. */
export function isPlaced({ position }: Span): boolean {
  return position !== undefined && position !== null && position >= 0;
}
