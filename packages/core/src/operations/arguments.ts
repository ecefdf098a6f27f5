import type { ByteRange, OperationOptions } from '../backend.ts';
import { backendError } from '../errors.ts';

/** Who passes content or an encoding in place of options would otherwise see it ignored. @throws `INVALID_ARGUMENT` */
export function assertOptions(options: unknown): void {
  if (options === undefined) return;
  if (typeof options !== 'object' || options === null || ArrayBuffer.isView(options)) {
    throw backendError('INVALID_ARGUMENT', `options must be an object, not ${show(options)}`);
  }
  const { signal } = options as OperationOptions;
  if (signal !== undefined && typeof signal?.throwIfAborted !== 'function') {
    throw backendError('INVALID_ARGUMENT', 'signal must be an AbortSignal');
  }
}

/** @throws `INVALID_ARGUMENT` */
export function assertPositiveInteger(name: string, value: number | undefined): void {
  if (value !== undefined && !(Number.isSafeInteger(value) && value > 0)) {
    throw backendError('INVALID_ARGUMENT', `${name} must be a positive integer, not ${show(value)}`);
  }
}

/** @throws `INVALID_ARGUMENT` */
export function assertRange({ offset, length }: ByteRange): void {
  for (const [name, value] of Object.entries({ offset, length })) {
    if (value !== undefined && !(Number.isSafeInteger(value) && value >= 0)) {
      throw backendError(
        'INVALID_ARGUMENT',
        `${name} must be a whole number of bytes, 0 or more, not ${show(value)}`,
      );
    }
  }
}

function show(value: unknown): string {
  if (ArrayBuffer.isView(value)) return 'bytes';
  return typeof value === 'number' || value === null ? String(value) : typeof value;
}
