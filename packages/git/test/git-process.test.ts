import fs from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { inspect } from 'node:util';
import { expect, test, vi } from 'vitest';
import { GitExit } from '../src/errors.ts';
import { GitProcess } from '../src/process/git-process.ts';
import { assertRecent } from '../src/process/git-version.ts';
import { Secret } from '../src/process/secret.ts';
import { git as otherGit, temporaryFolder } from './repository.ts';
import { WrappedGit } from './wrapped-git.ts';

function repository(): GitProcess {
  const folder = temporaryFolder();
  otherGit(folder, 'init', '--quiet', '--initial-branch=main');
  return new GitProcess(folder, { authorName: 'A. Uthor', authorEmail: 'a@example.com' }, 'file');
}

/** Processes that run with `word` among their arguments. */
function running(word: string): string[] {
  return fs.readdirSync('/proc').filter((pid) => {
    try {
      return /^\d+$/.test(pid) && fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(word);
    } catch {
      return false;
    }
  });
}

test('what git prints comes back to the byte', async () => {
  const git = repository();
  const bytes = Buffer.from(Array.from({ length: 70_000 }, (_, i) => i % 256));
  const oid = await git.text(['hash-object', '-w', '--stdin'], { input: bytes });
  expect((await git.run(['cat-file', 'blob', oid])).equals(bytes)).toBe(true);
});

test('a git that ends with an error code has failed, whether it says anything or not', async () => {
  const git = repository();
  await expect(git.run(['rev-parse', '--verify', '--quiet', 'nothing'])).rejects.toMatchObject({
    exitCode: 1,
    stderr: '',
  });
  await expect(git.run(['rev-parse', '--verify', 'nothing'])).rejects.toMatchObject({
    exitCode: 128,
    stderr: expect.stringContaining('Needed a single revision'),
  });
});

test.each(['KILL', 'TERM', 'INT'])(
  'a git that is killed (%s) has failed, whatever it had printed',
  async (signal) => {
    const wrapped = new WrappedGit();
    const git = repository();
    wrapped.misbehave(`echo half; kill -${signal} $$; sleep 5`);
    await expect(git.run(['version'])).rejects.toThrow(GitExit);
  },
);

test('a command that prints nothing is not waited for after its end', async () => {
  const git = repository();
  const timers = vi.spyOn(globalThis, 'setTimeout');
  await git.run(['update-index', '--refresh']);
  expect(timers).not.toHaveBeenCalled();
  timers.mockRestore();
});

test('an abort ends git and all it started, and rejects with its reason', async () => {
  const wrapped = new WrappedGit();
  const git = repository();
  wrapped.misbehave('sleep 3331 & sleep 3332; exit');
  const controller = new AbortController();
  const work = git.run(['version'], { signal: controller.signal });
  while (running('333').length < 2) await sleep(10);
  const reason = new Error('enough');
  controller.abort(reason);
  await expect(work).rejects.toBe(reason);
  expect(running('sleep\x1b3')).toEqual([]);
});

test('a git that ignores being asked is killed', async () => {
  const wrapped = new WrappedGit();
  const git = repository();
  wrapped.misbehave("trap '' TERM INT; echo on; while :; do sleep 0.1; done");
  const controller = new AbortController();
  const work = git.run(['version'], { signal: controller.signal });
  await sleep(100);
  controller.abort(new Error('enough'));
  await expect(work).rejects.toThrow('enough');
});

test('silence for longer than allowed ends git with TIMEOUT; a git that gives signs of life goes on', async () => {
  const wrapped = new WrappedGit();
  const git = repository();
  wrapped.misbehave('for i in 1 2 3 4 5 6; do sleep 0.1; echo "$i" >&2; done');
  await git.run(['version'], { silence: 400 });
  wrapped.misbehave('sleep 3341; exit');
  await expect(git.run(['version'], { silence: 100 })).rejects.toMatchObject({
    code: 'TIMEOUT',
    reason: 'timeout',
    retryable: true,
  });
  expect(running('sleep\u00003341')).toEqual([]);
});

test("neither the user's environment nor their configuration reaches git", async () => {
  const home = temporaryFolder();
  const trap = join(home, 'trap');
  fs.writeFileSync(
    join(home, '.gitconfig'),
    `[user]\n\tname = Nobody\n[core]\n\thooksPath = ${home}\n\teditor = touch ${trap}\n[url "file:///elsewhere"]\n\tinsteadOf = file://\n`,
  );
  const before = { ...process.env };
  Object.assign(process.env, {
    HOME: home,
    XDG_CONFIG_HOME: home,
    GIT_DIR: '/nowhere',
    GIT_WORK_TREE: '/nowhere',
    GIT_INDEX_FILE: '/nowhere',
    GIT_AUTHOR_NAME: 'Nobody',
    GIT_CONFIG_GLOBAL: join(home, '.gitconfig'),
    GIT_CONFIG_PARAMETERS: "'user.name'='Nobody'",
    GIT_CONFIG_COUNT: '1',
    GIT_CONFIG_KEY_0: 'user.name',
    GIT_CONFIG_VALUE_0: 'Nobody',
    GIT_TRACE: join(home, 'trace'),
    GIT_EXTERNAL_DIFF: `touch ${trap}`,
    EDITOR: `touch ${trap}`,
    PAGER: `touch ${trap}`,
    LANG: 'de_DE.UTF-8',
    LANGUAGE: 'de',
    OPENAI_API_KEY: 'none of its business',
  });
  try {
    const git = repository();
    expect(await git.text(['var', 'GIT_AUTHOR_IDENT'])).toMatch(/^A\. Uthor <a@example\.com> \d+/);
    expect(await git.text(['config', '--get', 'core.hooksPath'])).toBe('/dev/null');
    expect(await git.textIfAny(['config', '--get-regexp', '^url\\.'])).toBeUndefined();
    expect(await git.text(['rev-parse', '--absolute-git-dir'])).toBe(git.gitDirectory);
    await expect(git.run(['nonsense'])).rejects.toMatchObject({
      stderr: expect.stringContaining('is not a git command'),
    });
    const seen = Object.keys(git.environmentFor({}));
    expect(seen.filter((name) => /^(HOME|EDITOR|PAGER|LANG|OPENAI)/.test(name))).toEqual([]);
    expect(fs.existsSync(trap) || fs.existsSync(join(home, 'trace'))).toBe(false);
  } finally {
    for (const name of Object.keys(process.env)) delete process.env[name];
    Object.assign(process.env, before);
  }
});

test('a broken clone inside another repository does not become that one', async () => {
  const outer = temporaryFolder();
  otherGit(outer, 'init', '--quiet', '--initial-branch=main');
  fs.mkdirSync(join(outer, 'vault', '.git'), { recursive: true });
  const git = new GitProcess(join(outer, 'vault'), { authorName: 'a', authorEmail: 'b' }, 'file');
  await expect(git.run(['status'])).rejects.toMatchObject({ exitCode: 128 });
});

test('a secret shows itself to git and to nobody who prints the environment', async () => {
  const git = repository();
  const secret = new Secret('hunter2');
  const options = { config: [['f9.test', secret]] as const };
  expect(await git.text(['config', '--get', 'f9.test'], options)).toBe('hunter2');
  const environment = git.environmentFor(options);
  expect(inspect(environment, { depth: 9, showHidden: true })).not.toContain('hunter2');
  expect(JSON.stringify(environment)).not.toContain('hunter2');
});

test('without git, or with one that is too old, the error says what to install', async () => {
  const git = repository();
  const before = process.env.PATH;
  process.env.PATH = '/nowhere';
  try {
    const lost = new GitProcess(git.directory, { authorName: 'a', authorEmail: 'b' }, 'file');
    await expect(lost.run(['version'])).rejects.toMatchObject({
      code: 'UNSUPPORTED',
      message: expect.stringContaining('install git 2.38 or newer'),
    });
  } finally {
    process.env.PATH = before;
  }
  expect(() => assertRecent('git version 2.37.9')).toThrow('git 2.37');
  expect(() => assertRecent('git version 2.38.0.windows.1')).not.toThrow();
  expect(() => assertRecent('git version 3.0.0')).not.toThrow();
});
