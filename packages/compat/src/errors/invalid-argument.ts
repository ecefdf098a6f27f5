import { inspect } from 'node:util';

// Errors of invalid arguments, in Node's own words.

/** @param expected what comes after "must be": `of type string` */
export function invalidType(name: string, expected: string, received: unknown): TypeError {
  const what = name.includes('.') ? 'property' : 'argument';
  const message = `The "${name}" ${what} must be ${expected}. Received ${typeOf(received)}`;
  return Object.assign(new TypeError(message), { code: 'ERR_INVALID_ARG_TYPE' });
}

/** @param why what comes after the name: `is invalid encoding` */
export function invalidValue(name: string, why: string, received: unknown): TypeError {
  const shown = inspect(received);
  const message = `The argument '${name}' ${why}. Received ${shown.length > 128 ? `${shown.slice(0, 128)}...` : shown}`;
  return Object.assign(new TypeError(message), { code: 'ERR_INVALID_ARG_VALUE' });
}

export function outOfRange(name: string, range: string, received: number): RangeError {
  const message = `The value of "${name}" is out of range. It must be ${range}. Received ${received}`;
  return Object.assign(new RangeError(message), { code: 'ERR_OUT_OF_RANGE' });
}

/** An abort in the form that Node's functions throw; the reason that was given is its cause. */
export function aborted(signal: AbortSignal): Error {
  return Object.assign(new Error('The operation was aborted', { cause: signal.reason }), {
    name: 'AbortError',
    code: 'ABORT_ERR',
  });
}

function typeOf(value: unknown): string {
  if (value === undefined || value === null) return String(value);
  if (typeof value === 'function') return `function ${value.name}`;
  if (typeof value === 'object') {
    const name: unknown = value.constructor?.name;
    return typeof name === 'string' && name !== '' ? `an instance of ${name}` : inspect(value, { depth: -1 });
  }
  const shown = inspect(value);
  return `type ${typeof value} (${shown.length > 28 ? `${shown.slice(0, 25)}...` : shown})`;
}
