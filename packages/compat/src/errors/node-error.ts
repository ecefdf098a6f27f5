import type { Errno } from '@f9/core/driver';
import { systemError } from './errno.ts';

/** A Node exception that comes from this package, where a backend allows more than a disk. */
export function errnoException(
  code: Errno,
  syscall: string,
  path?: string,
  dest?: string,
): NodeJS.ErrnoException {
  const { number, text } = systemError(code);
  const where = path === undefined ? '' : ` '${path}'${dest === undefined ? '' : ` -> '${dest}'`}`;
  return Object.assign(new Error(`${code}: ${text}, ${syscall}${where}`), {
    errno: number,
    code,
    syscall,
    ...(path === undefined ? {} : { path }),
    ...(dest === undefined ? {} : { dest }),
  });
}

/** An error of Node's own codes, `ERR_…`. */
export function nodeError(code: string, message: string): NodeJS.ErrnoException {
  return Object.assign(new Error(message), { code });
}

export function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
