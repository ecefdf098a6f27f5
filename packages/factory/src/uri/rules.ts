import { isIPv6 } from 'node:net';
import type { FileBackendError } from '@f9/core';
import { backendError } from '@f9/core/driver';

// Rules that parsing and formatting share.

const SCHEME = /^[a-z][a-z\d+.-]*$/;
// A leading hyphen would be an option to the programs that get hosts and users as arguments.
const HOST = /^[\p{L}\p{N}_~.][\p{L}\p{M}\p{N}_~.-]*$/u;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/;

/** Longer than the longest scheme; a message shows no more. */
const MAX_SCHEME = 40;

export function isScheme(text: string): boolean {
  return text.length <= MAX_SCHEME && SCHEME.test(text);
}

/** Whether everything behind `://` is path, relative where it has no leading slash. */
export function isPathOnly(scheme: string): boolean {
  return scheme === 'file' || scheme.endsWith('+file');
}

/** Whether a user name is as secret as a password: hosts over http(s) take a token for it, as in `git+https://TOKEN@host/repo`. */
export function isUserSecret(scheme: string): boolean {
  return /(?:^|\+)https?$/.test(scheme);
}

export function isHost(text: string): boolean {
  return HOST.test(text) || isIPv6(text);
}

export function isUsername(text: string): boolean {
  return text !== '' && !text.startsWith('-') && !hasControl(text);
}

export function isPort(port: number): boolean {
  return Number.isInteger(port) && port >= 1 && port <= 65_535;
}

export function hasControl(text: string): boolean {
  return CONTROL.test(text);
}

/** The error of an invalid URI, which shows only its scheme: text in a wrong place may be a secret. */
export function invalidUri(scheme: string | undefined, why: string): FileBackendError {
  return backendError(
    'INVALID_URI',
    `This ${scheme === undefined ? '' : `${scheme} `}URI is not valid: ${why}`,
  );
}
