import process from 'node:process';
import type { OperationOptions } from '@f9/core';
import { backendError } from '@f9/core/driver';
import { aborted, invalidType, invalidValue, outOfRange } from '../errors/invalid-argument.ts';
import { nodeError } from '../errors/node-error.ts';

// Reads the options of Node's functions, and refuses those that a vault cannot follow.

/** Options, for which an encoding alone is the short form. @throws `ERR_INVALID_ARG_VALUE` for an unknown encoding */
export function objectOf<O extends object>(options: O | string | null | undefined): Partial<O>;
export function objectOf(options: object | string | null | undefined): object {
  const given = typeof options === 'string' ? { encoding: options } : (options ?? {});
  if ('encoding' in given) checkEncoding(given.encoding);
  return given;
}

/** @throws `ERR_INVALID_ARG_VALUE` */
export function checkEncoding(encoding: unknown): void {
  if (!encoding || encoding === 'buffer' || Buffer.isEncoding(encoding as string)) return;
  throw invalidValue('encoding', 'is invalid encoding', encoding);
}

/** @throws `ERR_INVALID_ARG_TYPE` */
export function checkFlush({ flush }: { readonly flush?: unknown }): void {
  if (flush === undefined || flush === null || typeof flush === 'boolean') return;
  throw invalidType('options.flush', 'of type boolean', flush);
}

/**
 * Checks the mode of `access` or `copyFile`, which has three bits and error texts of its own. @throws `ERR_INVALID_ARG_TYPE`,
 * `ERR_OUT_OF_RANGE`
 */
export function checkMode(mode: unknown): void {
  if (mode === null) return;
  if (typeof mode !== 'number' || !Number.isInteger(mode)) {
    const message = 'mode must be int32 or null/undefined';
    throw Object.assign(new TypeError(message), { code: 'ERR_INVALID_ARG_TYPE' });
  }
  if (mode >= 0 && mode <= 7) return;
  throw Object.assign(new RangeError('mode is out of range: >= 0 && <= 7'), { code: 'ERR_OUT_OF_RANGE' });
}

/** Runs `body`, and throws an abort as Node does. */
export async function abortable<T>(
  { signal }: { readonly signal?: AbortSignal | null | undefined },
  body: () => Promise<T>,
): Promise<T> {
  try {
    return await body();
  } catch (error) {
    throw signal?.aborted === true && error === signal.reason ? aborted(signal) : error;
  }
}

/** The options for the backend. */
export function callOf({ signal }: { readonly signal?: AbortSignal | null | undefined }): OperationOptions {
  return signal ? { signal } : {};
}

/** The permissions of a new file by a mode of Node's, which the umask narrows. @throws `ERR_INVALID_ARG_VALUE` */
export function permissionsFor(mode: number | string | null | undefined): { readonly permissions?: number } {
  if (mode === undefined || mode === null) return {};
  const bits = typeof mode === 'string' && /^[0-7]+$/.test(mode) ? Number.parseInt(mode, 8) : mode;
  if (typeof bits === 'number' && Number.isInteger(bits) && bits >= 0) {
    return { permissions: bits & 0o777 & ~process.umask() };
  }
  throw nodeError(
    'ERR_INVALID_ARG_VALUE',
    `The argument 'mode' must be a 32-bit unsigned integer or an octal string. Received ${JSON.stringify(mode)}`,
  );
}

/** @throws `UNSUPPORTED` for options that are set and that no vault can follow */
export function refuse(options: object, ...names: readonly string[]): void {
  for (const name of names) {
    const value: unknown = Reflect.get(options, name);
    if (value === undefined || value === null || value === false) continue;
    throw backendError('UNSUPPORTED', `A vault cannot follow the option ${name}`);
  }
}

/** Checks a whole number as Node does. @throws `ERR_INVALID_ARG_TYPE`, `ERR_OUT_OF_RANGE` */
export function checkInteger(name: string, value: number, least: number = Number.MIN_SAFE_INTEGER): void {
  if (typeof value !== 'number') throw invalidType(name, 'of type number', value);
  if (!Number.isInteger(value)) throw outOfRange(name, 'an integer', value);
  if (value < least || value > Number.MAX_SAFE_INTEGER)
    throw outOfRange(name, `>= ${least} && <= ${Number.MAX_SAFE_INTEGER}`, value);
}

/** Checks a position in a file as Node does. @throws `ERR_INVALID_ARG_TYPE`, `ERR_OUT_OF_RANGE` */
export function checkPosition(name: string, value: number | undefined): void {
  if (value === undefined) return;
  if (value === Number.POSITIVE_INFINITY && name === 'end') return;
  checkInteger(name, value, 0);
}
