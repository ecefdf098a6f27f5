import fs from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { expect, onTestFinished, test, vi } from 'vitest';
import { serveGitOverHttp } from '../../../examples/support/git-http-server.ts';
import { contentsOf, Vaults } from './vaults.ts';

/** A remote over HTTP that lets one user in. */
async function guarded(user: string, password: string): Promise<readonly [Vaults, string]> {
  const vaults = new Vaults();
  const server = await serveGitOverHttp(vaults.folder, { [user]: password });
  onTestFinished(() => server[Symbol.asyncDispose]());
  vaults.options = { allowInsecure: true, remoteUrl: `${server.url}/remote.git` };
  return [vaults, `${server.url}/remote.git`];
}

/** A home whose git configuration names a helper; gives what it was asked. */
function helper(vaults: Vaults, answer: string): () => string[] {
  const home = join(vaults.folder, 'home');
  fs.mkdirSync(home);
  const log = join(home, 'log');
  const script = join(home, 'helper');
  const lines = [
    '#!/bin/sh',
    `echo "$1" >> '${log}'`,
    `[ "$1" = get ] && { ${answer}; }`,
    'cat > /dev/null',
    '',
  ];
  fs.writeFileSync(script, lines.join('\n'), { mode: 0o755 });
  fs.writeFileSync(join(home, '.gitconfig'), `[credential]\n\thelper = ${script}\n`);
  for (const name of ['HOME', 'USERPROFILE']) vi.stubEnv(name, home);
  vi.stubEnv('XDG_CONFIG_HOME', home);
  vi.stubEnv('GIT_CONFIG_NOSYSTEM', '1');
  onTestFinished(() => void vi.unstubAllEnvs());
  return () => (fs.existsSync(log) ? fs.readFileSync(log, 'utf8').split('\n').filter(Boolean) : []);
}

test("git's own helpers are asked once, and told that the login was good", async () => {
  const [vaults] = await guarded('ada', 'pass word=1');
  const asked = helper(vaults, 'echo username=ada; echo "password=pass word=1"');
  const ours = await vaults.open('ours', { credentials: 'git' });
  await ours.create('a', { data: 'a' });
  await ours.sync();
  await ours.pull();
  expect(asked()).toEqual(['get', 'store']);
  expect(await contentsOf(await vaults.open('theirs', { credentials: 'git' }))).toEqual({ a: 'a' });
});

test('a helper whose login is not accepted is told so, and asked anew the next time', async () => {
  const [vaults] = await guarded('ada', 'right');
  const asked = helper(vaults, 'echo username=ada; echo password=wrong');
  const attempt = vaults.open('ours', { credentials: 'git' });
  await expect(attempt).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  expect(asked()).toEqual(['get', 'erase']);
  await expect(vaults.open('ours', { credentials: 'git' })).rejects.toMatchObject({
    code: 'UNAUTHENTICATED',
  });
  expect(asked()).toEqual(['get', 'erase', 'get', 'erase']);
});

test('where no helper has an answer the error says what to do; without the option none is asked', async () => {
  const [vaults] = await guarded('ada', 'x');
  const asked = helper(vaults, 'true');
  await expect(vaults.open('ours', { credentials: 'git' })).rejects.toMatchObject({
    code: 'UNAUTHENTICATED',
    message: expect.stringContaining('sign in with git once'),
  });
  expect(asked()).toEqual(['get']);
  await expect(vaults.open('ours')).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  expect(asked()).toEqual(['get']);
});

test('a remote that wants no login is not told of any, and no helper is asked', async () => {
  const vaults = new Vaults();
  const server = await serveGitOverHttp(vaults.folder);
  onTestFinished(() => server[Symbol.asyncDispose]());
  const asked = helper(vaults, 'echo username=ada; echo password=x');
  const options = { allowInsecure: true, remoteUrl: `${server.url}/remote.git`, credentials: 'git' } as const;
  const ours = await vaults.open('ours', options);
  await ours.create('a', { data: 'a' });
  await ours.push();
  expect(asked()).toEqual([]);
});

test('a user who is named in the URL is one whose password the helpers are asked for', async () => {
  const [vaults, url] = await guarded('ada', 'right');
  const asked = helper(vaults, 'grep -qx username=ada && echo password=right && exit');
  const ours = await vaults.open('ours', { remoteUrl: url.replace('//', '//ada@'), credentials: 'git' });
  await ours.pull();
  expect(asked()).toEqual(['get', 'store']);
});

test('a password that is given is used, and no helper asked', async () => {
  const [vaults] = await guarded('ada', 'right');
  const asked = helper(vaults, 'echo username=ada; echo password=wrong');
  await vaults.open('ours', { credentials: 'git', username: 'ada', password: 'right' });
  expect(asked()).toEqual([]);
});

test("'none' is as good as no word", async () => {
  const [vaults] = await guarded('ada', 'right');
  const asked = helper(vaults, 'echo username=ada; echo password=right');
  await expect(vaults.open('ours', { credentials: 'none' })).rejects.toMatchObject({
    code: 'UNAUTHENTICATED',
  });
  expect(asked()).toEqual([]);
});

test('a helper that never answers is given up with the signal', async () => {
  const [vaults] = await guarded('ada', 'x');
  helper(vaults, 'exec sleep 3351');
  const { GitSyncFileBackend } = await import('../src/index.ts');
  const ours = new GitSyncFileBackend({
    ...vaults.options,
    remoteUrl: vaults.options.remoteUrl!,
    path: vaults.at('ours'),
    credentials: 'git',
  });
  onTestFinished(() => ours[Symbol.asyncDispose]());
  await expect(ours.pull({ signal: AbortSignal.timeout(200) })).rejects.toMatchObject({
    name: 'TimeoutError',
  });
});

test('a token that stands as the user in the URL lets in, and is in no file and no error', async () => {
  const token = 'ghp_0123456789abcdef';
  const [vaults, url] = await guarded(token, '');
  const remoteUrl = url.replace('//', `//${token}@`);
  const ours = await vaults.open('ours', { remoteUrl });
  await ours.create('a', { data: 'a' });
  await ours.sync();
  for (const entry of fs.readdirSync(vaults.at('ours'), { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    expect(fs.readFileSync(join(entry.parentPath, entry.name), 'latin1')).not.toContain(token);
  }
  expect(inspect(ours, { depth: 12, showHidden: true })).not.toContain(token);
  const wrong = await vaults
    .open('wrong', { remoteUrl: url.replace('//', '//ghp_wrong@') })
    .catch((reason) => reason);
  expect(wrong).toMatchObject({ code: 'UNAUTHENTICATED' });
  expect(inspect(wrong, { depth: 12, showHidden: true }) + JSON.stringify(wrong)).not.toContain('ghp_wrong');
});
