import { createHash } from 'node:crypto';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { RemoteAddress } from './address.ts';
import { addressWithUser, type Credentials, isToken } from './credentials.ts';

/**
 * The default folder of a clone, one for each remote, user and branch. It is in the user's data, not in a cache, since it may hold
 * what is not pushed yet.
 */
export function defaultFolder(
  address: RemoteAddress,
  credentials: Credentials,
  branch: string | undefined,
): string {
  // A token may change, and must not show in a name.
  const user = isToken(address, credentials) ? '' : (credentials.username ?? address.username ?? '');
  const identity = JSON.stringify([addressWithUser(address, credentials), user, branch ?? '']);
  const hash = createHash('sha256').update(identity).digest('hex').slice(0, 12);
  const name = decodeURIComponent(new URL(address.url).pathname)
    .replace(/\.git\/?$/, '')
    .replace(/^.*\//, '')
    .replace(/[^\w.-]+/g, '-');
  return join(dataFolder(), 'f9', 'git', `${name}-${hash}`);
}

function dataFolder(): string {
  const { LOCALAPPDATA, XDG_DATA_HOME } = process.env;
  if (process.platform === 'win32') return LOCALAPPDATA ?? join(homedir(), 'AppData', 'Local');
  if (process.platform === 'darwin') return join(homedir(), 'Library', 'Application Support');
  return XDG_DATA_HOME ?? join(homedir(), '.local', 'share');
}
