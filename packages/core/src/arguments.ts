import type { ByteRange } from './backend.ts';
import { backendError } from './errors.ts';

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
  return typeof value === 'number' ? String(value) : typeof value;
}
