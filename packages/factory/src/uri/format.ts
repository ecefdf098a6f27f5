import type { BackendUri } from './backend-uri.ts';
import {
  hasControl,
  invalidUri,
  isHost,
  isPathOnly,
  isPort,
  isScheme,
  isUsername,
  isUserSecret,
} from './rules.ts';

/**
 * The text of a URI, percent-encoded; parsing it gives back the same parts.
 *
 * @throws `INVALID_URI` for parts that make no URI
 */
export function formatUri(uri: BackendUri): string {
  const { scheme, path, ref, parameters } = uri;
  if (!isScheme(scheme))
    throw invalidUri(undefined, 'its scheme must be lower-case letters, digits, "+", "-" and "."');
  const authority = formatAuthority(uri);
  if (!(path.startsWith('/') || (authority === '') === (path !== ''))) {
    throw invalidUri(scheme, authority === '' ? 'it has no path' : 'its path must begin with "/"');
  }
  const query = Object.entries(parameters)
    .map(([name, value]) => `${encode(scheme, name)}=${encode(scheme, value)}`)
    .join('&');
  // Without "//" everything is path, and may be relative.
  const start = authority === '' && !path.startsWith('/') && !isPathOnly(scheme) ? ':' : '://';
  return (
    `${scheme}${start}${authority}${encodePath(scheme, path)}` +
    `${ref === undefined ? '' : `@${encodePath(scheme, ref)}`}${query === '' ? '' : `?${query}`}`
  );
}

function formatAuthority({ scheme, username, host, port }: BackendUri): string {
  if (host === undefined) {
    if (username === undefined && port === undefined) return '';
    throw invalidUri(scheme, 'a user or a port needs a host');
  }
  if (isPathOnly(scheme)) throw invalidUri(scheme, 'it cannot have a host');
  if (!isHost(host)) throw invalidUri(scheme, 'its host is not a name or an address');
  if (username !== undefined && !isUsername(username))
    throw invalidUri(scheme, 'its user name cannot be one');
  if (username !== undefined && isUserSecret(scheme)) {
    throw invalidUri(scheme, 'a user name of http(s) may be a token, which is never printed');
  }
  if (port !== undefined && !isPort(port))
    throw invalidUri(scheme, 'its port must be a number from 1 to 65535');
  return (
    (username === undefined ? '' : `${encode(scheme, username)}@`) +
    (host.includes(':') ? `[${encodePath(scheme, host)}]` : encode(scheme, host)) +
    (port === undefined ? '' : `:${port}`)
  );
}

/** Encodes a path, but leaves `/` and `:`, so that folders, branches, drives and addresses read as they were written. */
function encodePath(scheme: string, text: string): string {
  return encode(scheme, text).replaceAll('%2F', '/').replaceAll('%3A', ':');
}

function encode(scheme: string, text: string): string {
  if (!text.isWellFormed() || hasControl(text)) {
    throw invalidUri(scheme, 'it would hold a control character or half of a surrogate pair');
  }
  return encodeURIComponent(text);
}
