import fs from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeAll, expect, test } from 'vitest';
import { GitExit } from '../src/errors.ts';
import { GitProcess } from '../src/process/git-process.ts';
import { endIdleHelper } from '../src/process/helper.ts';
import { Secret } from '../src/process/secret.ts';
import { childProcesses } from './child-processes.ts';
import { git as otherGit, temporaryFolder } from './repository.ts';
import { WrappedGit } from './wrapped-git.ts';

// What makes this process a large one.
const ballast: Buffer[] = [];
beforeAll(() => void ballast.push(Buffer.alloc(200 * 1024 * 1024, 1)));
afterEach(() => endIdleHelper());

function repository(): GitProcess {
  const folder = temporaryFolder();
  otherGit(folder, 'init', '--quiet', '--initial-branch=main');
  return new GitProcess(folder, { authorName: 'a', authorEmail: 'b' }, 'file');
}

test.runIf(process.platform === 'linux')(
  'a large process starts one process for many commands, and none is left when it is let go (needs Linux)',
  async () => {
    const git = repository();
    const before = childProcesses();
    await Promise.all(Array.from({ length: 8 }, () => git.run(['version'])));
    const during = childProcesses().filter((pid) => !before.includes(pid));
    expect(during).toHaveLength(1);
    expect(fs.readFileSync(`/proc/${during[0]}/cmdline`, 'utf8')).toContain('f9-git-helper');
    await endIdleHelper();
    expect(childProcesses()).toEqual(before);
    expect(await git.text(['version'])).toContain('git version');
  },
);

test('bytes in and out, exit codes and secrets are what they are without it', async () => {
  const git = repository();
  const bytes = Buffer.from(Array.from({ length: 2_000_000 }, (_, i) => i % 256));
  const oid = await git.text(['hash-object', '-w', '--stdin'], { input: bytes });
  expect((await git.run(['cat-file', 'blob', oid])).equals(bytes)).toBe(true);
  await expect(git.run(['rev-parse', '--verify', 'nothing'])).rejects.toMatchObject({
    exitCode: 128,
    stderr: expect.stringContaining('Needed a single revision'),
  });
  const config = [['f9.test', new Secret('hunter2')]] as const;
  expect(await git.text(['config', '--get', 'f9.test'], { config })).toBe('hunter2');
});

test('a vault that is let go, which ends an idle helper, fails no command that another is about to give to it', async () => {
  const git = repository();
  await git.run(['version']);
  const work = Array.from({ length: 5 }, async () => await git.run(['version']));
  await Promise.all([endIdleHelper(), ...work]);
  await Promise.all([git.run(['version']), endIdleHelper(), endIdleHelper(), git.run(['version'])]);
});

test('an abort ends git and all it started', async () => {
  const wrapped = new WrappedGit();
  const git = repository();
  await git.run(['version']);
  wrapped.misbehave('sleep 3361 & sleep 3362; exit');
  const reason = new Error('enough');
  const controller = new AbortController();
  const work = git.run(['version'], { signal: controller.signal });
  setTimeout(() => controller.abort(reason), 300);
  await expect(work).rejects.toBe(reason);
  await expect(git.run(['version'], { signal: controller.signal })).rejects.toBe(reason);
  await expect(git.run(['version'], { silence: 100 })).rejects.toMatchObject({ code: 'TIMEOUT' });
  if (process.platform !== 'linux') return;
  const left = (): string[] =>
    fs.readdirSync('/proc').filter((pid) => {
      try {
        return fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8').startsWith('sleep\u000033');
      } catch {
        return false;
      }
    });
  // Whoever gave up does not wait for the last of them to be gone.
  await expect.poll(left).toEqual([]);
});

test.runIf(process.platform === 'linux')(
  'a helper that is killed fails what it was at, and the next command has a new one (needs Linux)',
  async () => {
    const wrapped = new WrappedGit();
    const git = repository();
    const before = childProcesses();
    await git.run(['version']);
    const [helper] = childProcesses().filter((pid) => !before.includes(pid));
    wrapped.misbehave('if [ "$1" = version ]; then sleep 1; fi');
    const work = git.run(['version']);
    await sleep(200);
    process.kill(Number(helper), 'SIGKILL');
    await expect(work).rejects.toThrow(GitExit);
    wrapped.misbehave('');
    expect(await git.text(['version'])).toContain('git version');
    expect(childProcesses()).not.toContain(helper);
  },
);
