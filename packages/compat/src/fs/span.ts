import { outOfRange } from '../errors/invalid-argument.ts';
import { checkInteger } from './arguments.ts';
import { toBytes } from './content.ts';

/** A range of a buffer, and its place in the file, to read or write. */
export interface Span {
  readonly offset?: number;
  readonly length?: number;
  /** The position in the file. Default: the end of the last call. */
  readonly position?: number | bigint | null;
}

/** A span from the arguments of `read` or `write`. */
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

/** The bytes of a buffer within a span. @throws `ERR_INVALID_ARG_TYPE`, `ERR_OUT_OF_RANGE` where it is not within the buffer */
export function slice(buffer: NodeJS.ArrayBufferView, { offset = 0, length }: Span): Uint8Array {
  const bytes = toBytes(buffer);
  checkInteger('offset', offset, 0);
  const most = bytes.length - offset;
  if (most < 0) throw outOfRange('offset', `<= ${bytes.length}`, offset);
  if (length !== undefined && length < 0) throw outOfRange('length', '>= 0', length);
  if (length !== undefined && length > most) throw outOfRange('length', `<= ${most}`, length);
  return bytes.subarray(offset, length === undefined ? undefined : offset + length);
}

/** Whether a span has a position in the file. */
export function isPlaced({ position }: Span): boolean {
  return position !== undefined && position !== null && position >= 0;
}
