import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import {
  type BackendPlugin,
  backendError,
  definePlugin,
  type ParsedUri,
  type UriParameter,
  uriParameter,
} from '@f9/core/driver';
import { GitSyncFileBackend } from './backend.ts';
import type { GitSyncFileBackendOptions } from './options.ts';

type Parameter<Option extends keyof GitSyncFileBackendOptions> = UriParameter<
  NonNullable<GitSyncFileBackendOptions[Option]>
> & { readonly option: Option };

/** Milliseconds in the unit of URIs. */
const SECOND = 1000;

const parameters: {
  readonly path: Parameter<'path'>;
  readonly author_name: Parameter<'authorName'>;
  readonly author_email: Parameter<'authorEmail'>;
  readonly username: Parameter<'username'>;
  readonly password: Parameter<'password'>;
  readonly credentials: Parameter<'credentials'>;
  readonly ssh_key: Parameter<'sshKeyPath'>;
  readonly known_hosts: Parameter<'knownHosts'>;
  readonly accept_new_host_key: Parameter<'acceptNewHostKey'>;
  readonly auto_pull: Parameter<'autoPull'>;
  readonly auto_push: Parameter<'autoPush'>;
  readonly max_stale: Parameter<'maxStale'>;
  readonly depth: Parameter<'depth'>;
  readonly commit_message: Parameter<'commitMessage'>;
  readonly timeout: Parameter<'timeout'>;
  readonly durability: Parameter<'durability'>;
  readonly allow_insecure: Parameter<'allowInsecure'>;
} = {
  path: uriParameter.string({
    option: 'path',
    description: "the folder of the clone (default: one in the user's data folder)",
  }),
  author_name: uriParameter.string({ option: 'authorName', description: 'who commits (default f9)' }),
  author_email: uriParameter.string({
    option: 'authorEmail',
    description: 'their address (default f9@localhost)',
  }),
  username: uriParameter.string({
    option: 'username',
    description: 'the user to log in as; git hosts take any with a token',
  }),
  password: uriParameter.string({
    option: 'password',
    description: 'a password or a token',
    secret: true,
    environment: 'F9_GIT_PASSWORD',
  }),
  credentials: uriParameter.oneOf(
    {
      option: 'credentials',
      description: "git: ask git's own credential helpers where no password is given; none: do not",
      environment: 'F9_GIT_CREDENTIALS',
    },
    ['git', 'none'],
  ),
  ssh_key: uriParameter.string({
    option: 'sshKeyPath',
    description: "the private key for ssh (default: the agent's)",
  }),
  known_hosts: uriParameter.string({
    option: 'knownHosts',
    description: "the known_hosts file that names the server (default: the user's)",
  }),
  accept_new_host_key: uriParameter.boolean({
    option: 'acceptNewHostKey',
    description: 'trust an ssh server that was never seen before (default false)',
  }),
  auto_pull: uriParameter.boolean({
    option: 'autoPull',
    description: 'pull before every read (default false)',
  }),
  auto_push: uriParameter.boolean({
    option: 'autoPush',
    description: 'commit and push after every write (default false)',
  }),
  max_stale: uriParameter.number(
    {
      option: 'maxStale',
      description: 'seconds for which auto_pull takes the last pull for fresh (default 0)',
    },
    { unit: SECOND },
  ),
  depth: uriParameter.number(
    { option: 'depth', description: 'commits of history to clone (default: all)' },
    { minimum: 1, integer: true },
  ),
  commit_message: uriParameter.string({
    option: 'commitMessage',
    description: 'the message of commits that are given none',
  }),
  timeout: uriParameter.number(
    { option: 'timeout', description: 'seconds that the remote may be silent (default 60)' },
    { minimum: 0.001, unit: SECOND },
  ),
  durability: uriParameter.oneOf(
    {
      option: 'durability',
      description: 'fsync: acknowledged writes survive a power cut; none (default): once they are committed',
    },
    ['none', 'fsync'],
  ),
  allow_insecure: uriParameter.boolean({
    option: 'allowInsecure',
    description: 'allow git+http and git, which everybody on the way can read and change (default false)',
  }),
};

/** `git+ssh://…`, `git+https://…`, `git+file:///…`, and where insecure is allowed `git+http://…` and `git://…`; `@branch` at the end. */
export const gitPlugin: BackendPlugin<typeof parameters> = definePlugin({
  name: '@f9/git',
  schemes: ['git+ssh', 'git+https', 'git+file', 'git+http', 'git'],
  parameters,
  hasRef: true,
  create: ({ uri, options, baseDirectory }) => {
    const { path, sshKeyPath, knownHosts, ...rest } = options;
    const file = (name: string): string =>
      resolve(baseDirectory, name.startsWith('~/') ? join(homedir(), name.slice(2)) : name);
    return new GitSyncFileBackend({
      ...rest,
      remoteUrl: remoteOf(uri, baseDirectory),
      ...(uri.ref === undefined ? {} : { branch: uri.ref }),
      ...(path === undefined ? {} : { path: file(path) }),
      ...(sshKeyPath === undefined ? {} : { sshKeyPath: file(sshKeyPath) }),
      ...(knownHosts === undefined ? {} : { knownHosts: file(knownHosts) }),
    });
  },
});

/** The URI as `remoteUrl`. */
export function remoteOf(
  { scheme, username, host = '', port, path }: ParsedUri,
  baseDirectory: string,
): string {
  const protocol = scheme.replace('git+', '');
  if (protocol === 'file') {
    // The path of a URI begins with a slash, also before a drive.
    const folder = process.platform === 'win32' ? path.replace(/^\/(?=[A-Za-z]:)/, '') : path;
    return pathToFileURL(resolve(baseDirectory, folder)).href;
  }
  if (host === '' || path.length < 2) {
    throw backendError(
      'INVALID_URI',
      `A ${scheme} URI names a host and a repository: ${scheme}://host/owner/repo`,
    );
  }
  const user = username === undefined ? '' : `${encodeURIComponent(username)}@`;
  const name = host.includes(':') ? `[${host}]` : host;
  const encoded = path.split('/').map(encodeURIComponent).join('/');
  return `${protocol}://${user}${name}${port === undefined ? '' : `:${port}`}${encoded}`;
}
