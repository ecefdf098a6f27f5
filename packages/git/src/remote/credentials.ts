import { backendError } from '@f9/core/driver';
import type { ConfigEntry } from '../process/environment.ts';
import type { GitRunOptions } from '../process/git-process.ts';
import { Secret } from '../process/secret.ts';
import type { RemoteAddress } from './address.ts';

/** The login options of `GitSyncFileBackendOptions`. */
export interface Credentials {
  readonly username: string | undefined;
  readonly password: string | undefined;
  readonly sshKeyPath: string | undefined;
  readonly knownHosts: string | undefined;
  readonly acceptNewHostKey: boolean | undefined;
  /** `'git'`: its credential helpers are asked where no password is given. */
  readonly source: 'git' | 'none';
}

/** The name given where there is none: git hosts look only at the token, but want some name. */
const ANY_USER = 'git';

/** The address as it goes into git's configuration: with the user, where ssh needs one. */
export function addressWithUser(address: RemoteAddress, { username }: Credentials): string {
  if (address.protocol !== 'ssh') return address.url;
  const url = new URL(address.url);
  url.username = username ?? address.username ?? 'git';
  return url.href;
}

/**
 * Additions to calls of git that talk to the remote. A password is only in the environment of these processes, tied to the address;
 * never in arguments, files or git's configuration.
 */
export function authentication(
  address: RemoteAddress,
  credentials: Credentials,
  timeout: number,
): Pick<GitRunOptions, 'environment' | 'config'> {
  const seconds = Math.max(1, Math.ceil(timeout / 1000));
  if (address.protocol === 'ssh') {
    return { environment: { GIT_SSH_COMMAND: sshCommand(credentials, seconds) } };
  }
  const config: ConfigEntry[] = [
    // A git whose parent was killed must not wait for a silent server for ever.
    ['http.lowSpeedLimit', '1'],
    ['http.lowSpeedTime', String(seconds)],
  ];
  const user = credentials.username ?? address.username ?? ANY_USER;
  const password =
    credentials.password ?? address.password ?? (isToken(address, credentials) ? '' : undefined);
  if (password !== undefined) {
    const header = `Authorization: Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
    config.push([`http.${address.url}.extraHeader`, new Secret(header)]);
  }
  return { config };
}

/** Whether the user may be a token: over http(s), with no password beside it. */
export function isToken(
  { protocol, username, password }: RemoteAddress,
  credentials: Pick<Credentials, 'username' | 'password'>,
): boolean {
  const isNamed = (credentials.username ?? username) !== undefined;
  return isNamed && protocol !== 'ssh' && (credentials.password ?? password) === undefined;
}

function sshCommand(
  { sshKeyPath, knownHosts, acceptNewHostKey = false }: Credentials,
  seconds: number,
): string {
  const options = [
    'BatchMode=yes',
    `StrictHostKeyChecking=${acceptNewHostKey ? 'accept-new' : 'yes'}`,
    'ControlPath=none',
    `ConnectTimeout=${seconds}`,
    `ServerAliveInterval=${seconds}`,
    'ServerAliveCountMax=1',
    ...(sshKeyPath === undefined
      ? []
      : [`IdentityFile=${configPath('sshKeyPath', sshKeyPath)}`, 'IdentitiesOnly=yes']),
    ...(knownHosts === undefined ? [] : [`UserKnownHostsFile=${configPath('knownHosts', knownHosts)}`]),
  ];
  return `ssh -F /dev/null ${options.map((option) => `-o ${shellQuote(option)}`).join(' ')}`;
}

/** A path as ssh's configuration takes it: `%` begins a token there, quotes hold spaces. */
function configPath(option: string, path: string): string {
  if (/["\p{Cc}]/u.test(path)) {
    throw backendError(
      'INVALID_ARGUMENT',
      `${option} holds a character that ssh cannot take in a path; rename the file`,
    );
  }
  return `"${path.replaceAll('%', '%%')}"`;
}

/** A word quoted for the shell that git runs ssh with. */
function shellQuote(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}
