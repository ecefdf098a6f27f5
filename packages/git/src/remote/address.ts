import { isAbsolute } from 'node:path';
import { pathToFileURL } from 'node:url';
import { backendError } from '@f9/core/driver';

export type Protocol = 'https' | 'http' | 'ssh' | 'git' | 'file';

/** The address of a remote, its secrets apart from it. */
export interface RemoteAddress {
  /** The address in the form that git takes. */
  readonly url: string;
  readonly protocol: Protocol;
  /** For messages: `github.com`, or that it is on this machine. */
  readonly place: string;
  /** The user in the URL. */
  readonly username?: string;
  readonly password?: string;
}

const INSECURE: readonly string[] = ['http:', 'git:'];
/** `git@github.com:owner/repository.git`; a single letter before the colon is a drive. */
const SCP_FORM = /^(?:([\w.+-]+)@)?([\w.-]{2,}):(?!\/\/)(.+)$/;

/**
 * Reads a URL, an absolute path, or the short form that git hosts show for ssh.
 *
 * @throws `INVALID_ARGUMENT`
 */
export function parseRemote(remote: string, allowInsecure: boolean): RemoteAddress {
  if (typeof remote !== 'string' || remote === '' || remote.startsWith('-') || /\p{Cc}/u.test(remote)) {
    throw invalid('it is no URL');
  }
  // `ext::sh -c ...` and the like make git run a command.
  if (/^[\w+.-]*::/.test(remote)) throw invalid('git would run a program for it');
  if (isAbsolute(remote)) return parseUrl(pathToFileURL(remote).href, allowInsecure);
  const [, user, host, path] = SCP_FORM.exec(remote) ?? [];
  if (host !== undefined && path !== undefined) {
    const slash = path.startsWith('/') ? '' : '/';
    return parseUrl(`ssh://${user === undefined ? '' : `${user}@`}${host}${slash}${path}`, allowInsecure);
  }
  return parseUrl(remote, allowInsecure);
}

function parseUrl(text: string, allowInsecure: boolean): RemoteAddress {
  if (!URL.canParse(text)) throw invalid('it is neither a URL nor an absolute path');
  const url = new URL(text);
  const { protocol, hostname, search, hash } = url;
  if (!['https:', 'http:', 'ssh:', 'git:', 'file:'].includes(protocol)) {
    throw invalid(
      `${protocol}// is not one of https, ssh and file, or http and git where insecure is allowed`,
    );
  }
  if (INSECURE.includes(protocol) && !allowInsecure) {
    throw invalid(
      `over ${protocol}// everybody on the way can read and change everything; use https or ssh, or set allowInsecure`,
    );
  }
  if (search !== '' || hash !== '') throw invalid('it has a query or a fragment');
  const username = decodeURIComponent(url.username);
  const password = decodeURIComponent(url.password);
  if (protocol === 'file:') {
    if (hostname !== '') throw invalid('a file: URL has three slashes and an absolute path');
  } else if (hostname === '' || hostname.startsWith('-') || username.startsWith('-')) {
    throw invalid('its host or user is missing, or begins with a dash');
  }
  if (decodeURIComponent(url.pathname).startsWith('/-')) throw invalid('its path begins with a dash');
  // In ssh the user is part of the address; elsewhere it belongs to the password.
  if (protocol !== 'ssh:') url.username = '';
  url.password = '';
  return {
    url: url.href,
    protocol: protocol.slice(0, -1) as Protocol,
    place: hostname === '' ? 'a repository on this machine' : hostname,
    ...(username === '' ? {} : { username }),
    ...(password === '' ? {} : { password }),
  };
}

/** The error of a bad URL, without the URL itself, which may hold a password. */
function invalid(why: string): Error {
  return backendError('INVALID_ARGUMENT', `remoteUrl cannot be used: ${why}`);
}
