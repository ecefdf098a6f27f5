import { backendError } from '@f9/core/driver';
import { hasControl, invalidUri, isHost, isPathOnly, isPort, isScheme, isUsername } from './rules.ts';

/** A URI cut at its delimiters and percent-decoded, before it is known which parameters are secret. */
export interface SplitUri {
  readonly scheme: string;
  readonly username?: string;
  readonly password?: string;
  readonly host?: string;
  readonly port?: number;
  /** Whether `//` follows the scheme; without it everything is path. */
  readonly hasAuthority: boolean;
  /** The path, still encoded: only the plugin knows whether its last `@` begins a ref. */
  readonly encodedPath: string;
  readonly parameters: Readonly<Record<string, string>>;
}

/** @throws `INVALID_URI`, and `INVALID_ARGUMENT` for anything but a string */
export function splitUri(text: string): SplitUri {
  if (typeof text !== 'string') {
    throw backendError(
      'INVALID_ARGUMENT',
      `A URI must be a string, not ${text === null ? 'null' : typeof text}`,
    );
  }
  const end = text.indexOf(':');
  const scheme = text.slice(0, Math.max(end, 0)).toLowerCase();
  const hasAuthority = text.startsWith('//', end + 1);
  // A single letter is a drive of Windows.
  if (!isScheme(scheme) || (scheme.length === 1 && !hasAuthority)) {
    throw invalidUri(undefined, 'it must begin with a scheme and ":", for example file:///home/me/notes');
  }
  const fail = (why: string): Error => invalidUri(scheme, why);
  if (hasControl(text)) throw fail('it holds a control character, maybe a line break');
  if (text !== text.trim()) throw fail('it has a space at its end');
  if (!text.isWellFormed()) throw fail('it holds half of a surrogate pair');
  if (text.includes('#')) throw fail('it holds a "#"; write %23');
  if (text.includes('\\')) throw fail('it holds a backslash; put "/" between folders, or write %5C');

  const [hierarchy, query] = cut(text.slice(end + (hasAuthority ? 3 : 1)), '?');
  const { authority, path } = hasAuthority
    ? splitHierarchy(scheme, hierarchy)
    : { authority: '', path: hierarchy };
  if (authority === '' && path === '') throw fail(`nothing follows "${hasAuthority ? '://' : ':'}"`);
  decode(path, fail);
  return {
    scheme,
    hasAuthority,
    ...splitAuthority(authority, fail),
    encodedPath: path,
    parameters: splitQuery(query, fail),
  };
}

/**
 * The path, and the ref behind its last `@` where the scheme has refs.
 *
 * @throws `INVALID_URI`
 */
export function splitRef(
  { scheme, encodedPath }: SplitUri,
  hasRef: boolean,
): { readonly path: string; readonly ref?: string } {
  const fail = (why: string): Error => invalidUri(scheme, why);
  const at = hasRef ? encodedPath.lastIndexOf('@') : -1;
  if (at < 0) return { path: decodePath(encodedPath, fail) };
  const ref = decode(encodedPath.slice(at + 1), fail);
  if (ref === '') throw fail('nothing follows the "@" behind its path; write %40 for "@" in a path');
  const path = decodePath(encodedPath.slice(0, at), fail);
  if (path === '' && isPathOnly(scheme)) throw fail('nothing stands before the "@"');
  return { path, ref };
}

type Fail = (why: string) => Error;

/** The parts before and after the first `delimiter`. */
function cut(text: string, delimiter: string): [string, string | undefined] {
  const at = text.indexOf(delimiter);
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + delimiter.length)];
}

function splitHierarchy(scheme: string, text: string): { authority: string; path: string } {
  if (isPathOnly(scheme)) return { authority: '', path: text };
  const slash = text.indexOf('/');
  return slash < 0
    ? { authority: text, path: '' }
    : { authority: text.slice(0, slash), path: text.slice(slash) };
}

function splitAuthority(text: string, fail: Fail): Pick<SplitUri, 'username' | 'password' | 'host' | 'port'> {
  if (text === '') return {};
  const at = text.lastIndexOf('@');
  const [, host, port] = /^(\[[^\]]*\]|[^:]*)(?::(.*))?$/.exec(text.slice(at + 1)) ?? [];
  if (host === undefined) throw fail('its host is not a name or an address; IPv6 goes in brackets');
  return {
    ...(at < 0 ? {} : splitUserinfo(text.slice(0, at), fail)),
    host: decodeHost(host, fail),
    ...(port === undefined ? {} : { port: parsePort(port, fail) }),
  };
}

function splitUserinfo(text: string, fail: Fail): Pick<SplitUri, 'username' | 'password'> {
  const [user, password] = cut(text, ':');
  const username = decode(user, fail);
  if (!isUsername(username)) throw fail('its user name, before "@", is empty or begins with "-"');
  return { username, ...(password === undefined ? {} : { password: decode(password, fail) }) };
}

function decodeHost(text: string, fail: Fail): string {
  const isAddress = text.startsWith('[');
  const host = decode(isAddress ? text.slice(1, -1) : text, fail);
  if (!isHost(host) || isAddress !== host.includes(':')) {
    throw fail('its host is not a name or an address; IPv6 goes in brackets');
  }
  return host;
}

function parsePort(text: string, fail: Fail): number {
  const port = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!isPort(port)) throw fail('its port must be a number from 1 to 65535; a path begins with "/"');
  return port;
}

function splitQuery(text: string | undefined, fail: Fail): Record<string, string> {
  const entries = new Map<string, string>();
  for (const [i, pair] of (text === undefined || text === '' ? [] : text.split('&')).entries()) {
    const [name, value] = cut(pair, '=');
    if (name === '' || value === undefined) {
      throw fail(`its parameter number ${i + 1} is not of the form name=value; write %26 for "&" in a value`);
    }
    const decoded = decode(name, fail);
    if (entries.has(decoded)) throw fail(`its parameter number ${i + 1} repeats an earlier one`);
    entries.set(decoded, decode(value, fail));
  }
  return Object.fromEntries(entries);
}

function decodePath(text: string, fail: Fail): string {
  if (/%2f/i.test(text)) throw fail('its path holds an encoded slash, %2F, which no file name can');
  return decode(text, fail);
}

function decode(text: string, fail: Fail): string {
  let decoded: string;
  try {
    decoded = decodeURIComponent(text);
  } catch {
    throw fail('it holds a "%" that does not begin an encoded UTF-8 character; write %25');
  }
  if (hasControl(decoded)) throw fail('it holds an encoded control character');
  return decoded;
}
