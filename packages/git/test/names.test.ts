import { describe, expect, test } from 'vitest';
import { parseRemote } from '../src/remote/address.ts';
import { assertBranchName } from '../src/remote/branch-name.ts';
import { addressWithUser, authentication, type Credentials } from '../src/remote/credentials.ts';
import { isGitName, isVaultPath } from '../src/worktree/vault-path.ts';

const NOBODY: Credentials = {
  username: undefined,
  password: undefined,
  sshKeyPath: undefined,
  knownHosts: undefined,
  acceptNewHostKey: undefined,
  source: 'none',
};

describe('.git', () => {
  test.each([
    '.git',
    '.GIT',
    '.Git',
    'git~1',
    'GIT~1',
    'git~2',
    '.git.',
    '.git ',
    '.git . .',
    '.git::$INDEX_ALLOCATION',
    '.git:stream',
    'git~1::$INDEX_ALLOCATION',
    '.g\u200cit',
    '\u200e.git',
    '.gi\u200dt\ufeff',
    '.G\u206aIT',
  ])('%j is one of its spellings', (name) => {
    expect(isGitName(name)).toBe(true);
  });

  test.each(['.gitignore', '.gitattributes', '.github', 'git', '.git-x', 'x.git', '.gitx ', '..git', 'git~'])(
    '%j is a name like any other',
    (name) => {
      expect(isGitName(name)).toBe(false);
    },
  );
});

test('what a commit may hold and a vault may not is told apart', () => {
  for (const path of ['a', 'a/.gitignore', 'ä/😀', ' a ', 'a/.f9/b'])
    expect(isVaultPath(path), path).toBe(true);
  for (const path of ['.f9/x', '.F9', 'a\\b', 'a/.GIT/config', 'a/../b', 'n\ufffd', 'x'.repeat(256)]) {
    expect(isVaultPath(path), path).toBe(false);
  }
});

describe('branch names', () => {
  test.each(['main', 'feature/one', 'a-b', 'ünïcode', 'v1.0', 'a@b'])('%s is one', (branch) => {
    expect(() => assertBranchName(branch)).not.toThrow();
  });

  test.each([
    '',
    '-x',
    '--upload-pack=x',
    'a..b',
    'a b',
    'a~1',
    'a^',
    'a:b',
    'a?',
    'a*',
    'a[',
    'a\\b',
    '/a',
    'a/',
  ])('%j is refused', (branch) => {
    expect(() => assertBranchName(branch)).toThrow('cannot be the name of a branch');
  });

  test.each(['a//b', '.a', 'a/.b', 'a.lock', 'a.lock/b', 'a.', '@', 'a@{1}', 'HEAD', 'a\nb', 'a\0b'])(
    '%j is refused, too',
    (branch) => {
      expect(() => assertBranchName(branch)).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
    },
  );
});

describe('remotes', () => {
  test.each([
    ['https://github.com/you/notes.git', 'https://github.com/you/notes.git', 'github.com'],
    ['https://you:s%40fe@host:8443/x', 'https://host:8443/x', 'host'],
    ['ssh://git@host:2222/you/notes', 'ssh://git@host:2222/you/notes', 'host'],
    ['git@github.com:you/notes.git', 'ssh://git@github.com/you/notes.git', 'github.com'],
    ['host.example:/srv/notes.git', 'ssh://host.example/srv/notes.git', 'host.example'],
    ['file:///srv/my%20notes.git', 'file:///srv/my%20notes.git', 'a repository on this machine'],
    ['/srv/my notes.git', 'file:///srv/my%20notes.git', 'a repository on this machine'],
  ])('%s is read as %s', (remote, url, place) => {
    expect(parseRemote(remote, false)).toMatchObject({ url, place });
  });

  test('a password in a URL is taken out of it', () => {
    expect(parseRemote('https://you:s%40fe@host/x', false)).toMatchObject({
      username: 'you',
      password: 's@fe',
      url: 'https://host/x',
    });
  });

  test.each([
    'ext::sh -c touch% /tmp/x',
    'fd::3',
    '-oProxyCommand=x',
    '--upload-pack=x',
    'ssh://-oProxyCommand=x/y',
    'ssh://-l@host/y',
    'ssh://host/-x',
    'https://host/a?b=c',
    'https://host/a#b',
    'file://host/x',
    'ftp://host/x',
    'gopher://host/x',
    'relative/path',
    'https://',
    'https://host/a\nb',
    '',
  ])('%j is refused before anything is asked of anybody', (remote) => {
    expect(() => parseRemote(remote, true)).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
  });

  test('what everybody on the way can read is refused unless it is allowed', () => {
    for (const remote of ['http://host/x', 'git://host/x']) {
      expect(() => parseRemote(remote, false)).toThrow('set allowInsecure');
      expect(parseRemote(remote, true).url).toBe(remote);
    }
  });

  test('no error repeats a password', () => {
    for (const remote of [
      'http://you:hunter2@host/x',
      'https://you:hunter2@host/x?y',
      'ftp://you:hunter2@host/',
    ]) {
      expect(() => parseRemote(remote, false)).toThrow(expect.not.objectContaining({ message: /hunter2/ }));
    }
  });
});

describe('credentials', () => {
  test('a password is tied to the address, and only there where it is needed', () => {
    const address = parseRemote('https://host/x', false);
    const { config = [], environment } = authentication(address, { ...NOBODY, password: 'p' }, 1000);
    expect(environment).toBeUndefined();
    const [key, value] = config.at(-1)!;
    expect(key).toBe('http.https://host/x.extraHeader');
    expect(String(value)).toBe(`Authorization: Basic ${Buffer.from('git:p').toString('base64')}`);
    expect(authentication(address, NOBODY, 1000).config).toHaveLength(2);
  });

  test('a user who stands alone is a token with no password', () => {
    for (const [remote, more] of [
      ['https://t0ken@host/x', {}],
      ['https://host/x', { username: 't0ken' }],
    ] as const) {
      const { config = [] } = authentication(parseRemote(remote, false), { ...NOBODY, ...more }, 1000);
      expect(String(config.at(-1)![1])).toBe(
        `Authorization: Basic ${Buffer.from('t0ken:').toString('base64')}`,
      );
    }
  });

  test('ssh logs in as git unless told otherwise', () => {
    expect(addressWithUser(parseRemote('ssh://host/x', false), NOBODY)).toBe('ssh://git@host/x');
    expect(addressWithUser(parseRemote('ssh://me@host/x', false), NOBODY)).toBe('ssh://me@host/x');
    const you = { ...NOBODY, username: 'you' };
    expect(addressWithUser(parseRemote('ssh://me@host/x', false), you)).toBe('ssh://you@host/x');
    expect(addressWithUser(parseRemote('https://host/x', false), you)).toBe('https://host/x');
  });

  test('ssh reads no configuration, asks nobody, and never takes an unknown host for granted', () => {
    const address = parseRemote('ssh://host/x', false);
    const command = (more: Partial<Credentials>): string =>
      String(authentication(address, { ...NOBODY, ...more }, 1500).environment?.GIT_SSH_COMMAND);
    expect(command({})).toBe(
      "ssh -F /dev/null -o 'BatchMode=yes' -o 'StrictHostKeyChecking=yes' -o 'ControlPath=none' -o 'ConnectTimeout=2' " +
        "-o 'ServerAliveInterval=2' -o 'ServerAliveCountMax=1'",
    );
    expect(command({ sshKeyPath: "/a b/100%'s" })).toContain(
      `-o 'IdentityFile="/a b/100%%'\\''s"' -o 'IdentitiesOnly=yes'`,
    );
    expect(command({ knownHosts: '/k' })).toContain(`-o 'UserKnownHostsFile="/k"'`);
    expect(command({ acceptNewHostKey: true })).toContain('StrictHostKeyChecking=accept-new');
    expect(() => command({ sshKeyPath: 'a"b' })).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT' }),
    );
  });
});
