import { cpSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Command, program, timeCommands } from '../commands.ts';
import { ENVIRONMENT, git, serve } from '../git-remote.ts';
import type { Job } from '../harness.ts';

/** A program that opens the vault at `path`, and does `work` with it as `vault`. */
function opening(remoteUrl: string, path: string, work: string): Command['command'] {
  const options = {
    remoteUrl,
    path,
    allowInsecure: true,
    authorName: 'bench',
    authorEmail: 'bench@localhost',
  };
  return program(
    { git: 'GitSyncFileBackend' },
    `await using vault = await GitSyncFileBackend.open(${JSON.stringify(options)});\n${work}`,
  );
}

const cloneAndPull: Job = {
  name: 'git: clone of 10,000 files, pull of 10,000 changed ones, whole commands',
  async prepare(scale) {
    const files = scale.size(10_000);
    const remote = await serve(files, 1);
    const { remoteUrl } = remote;
    const at = (name: string): string => join(remote.folder.path, name);
    const remove = (name: string) => () => rmSync(at(name), { recursive: true, force: true });
    const rounds = scale.quick ? 1 : 5;
    return {
      async figures() {
        const clone = await timeCommands(
          {
            f9: { command: opening(remoteUrl, at('f9'), ''), before: remove('f9') },
            git: {
              command: ['git', 'clone', '--quiet', remoteUrl, at('git')],
              environment: ENVIRONMENT,
              before: remove('git'),
            },
          },
          rounds,
        );
        await git(at('git'), 'clone', '--quiet', remoteUrl, at('editor'));
        for (const path of (await git(at('editor'), 'ls-files')).trim().split('\n'))
          writeFileSync(join(at('editor'), path), `another note in ${path}`);
        await git(at('editor'), 'commit', '--quiet', '--all', '--message', 'all of them');
        await git(at('editor'), 'push', '--quiet');
        const restore = (name: string) => () => {
          remove('pulled')();
          cpSync(at(name), at('pulled'), { recursive: true, preserveTimestamps: true });
        };
        const pull = await timeCommands(
          {
            f9: { command: opening(remoteUrl, at('pulled'), 'await vault.pull();'), before: restore('f9') },
            git: {
              command: ['git', 'pull', '--quiet'],
              cwd: at('pulled'),
              environment: ENVIRONMENT,
              before: restore('git'),
            },
          },
          rounds,
        );
        return [...ratios('clone', clone), ...ratios('pull', pull)];
      },
      dispose: remote.close,
    };
  },
};

function ratios(name: string, { f9, git }: Awaited<ReturnType<typeof timeCommands<'f9' | 'git'>>>) {
  return [
    { name: `${name}, processor, f9 : git`, value: f9.processor / git.processor, unit: 'x', atMost: 2 },
    { name: `${name}, time, f9 : git`, value: f9.elapsed / git.elapsed, unit: 'x' },
  ];
}

const push: Job = {
  name: 'git: publish one changed file among 50,000',
  rounds: 8,
  async prepare(scale) {
    const files = scale.size(50_000);
    const [ours, theirs] = [await serve(files, 1), await serve(files, 1)];
    const backend = await ours.open('f9');
    await git(theirs.folder.path, 'clone', '--quiet', theirs.remoteUrl, 'plain');
    const plain = join(theirs.folder.path, 'plain');
    let round = 0;
    return {
      variants: {
        f9: {
          run: async () => {
            await backend.create('d0/e0/file-0.ts', { data: `round ${round++}`, overwrite: true });
            await backend.push();
          },
        },
        'git add --all, commit, push': {
          run: async () => {
            writeFileSync(join(plain, 'd0/e0/file-0.ts'), `round ${round++}`);
            await git(plain, 'add', '--all');
            await git(plain, 'commit', '--quiet', '--message', 'one');
            await git(plain, 'push', '--quiet');
          },
        },
      },
      goals: [{ variant: 'f9', against: 'git add --all, commit, push', atMost: 0.8 }],
      async dispose() {
        await backend[Symbol.asyncDispose]();
        await ours.close();
        await theirs.close();
      },
    };
  },
};

const sessions: Job = {
  name: 'git: sessions of one small commit',
  rounds: 8,
  async prepare() {
    const [ours, theirs] = [await serve(10, 1), await serve(10, 1)];
    const backend = await ours.open('f9');
    await git(theirs.folder.path, 'clone', '--quiet', theirs.remoteUrl, 'plain');
    const plain = join(theirs.folder.path, 'plain');
    const operations = 10;
    let round = 0;
    return {
      variants: {
        f9: {
          operations,
          run: async () => {
            for (let i = 0; i < operations; i++) {
              await backend.syncSession(
                () => backend.create('note.md', { data: `round ${round++}`, overwrite: true }),
                { pull: false, push: false },
              );
            }
          },
        },
        'git add, commit': {
          operations,
          run: async () => {
            for (let i = 0; i < operations; i++) {
              writeFileSync(join(plain, 'note.md'), `round ${round++}`);
              await git(plain, 'add', '--all');
              await git(plain, 'commit', '--quiet', '--message', 'one');
            }
          },
        },
      },
      goals: [{ variant: 'f9', against: 'git add, commit', atMost: 1 }],
      async dispose() {
        await backend[Symbol.asyncDispose]();
        await ours.close();
        await theirs.close();
      },
    };
  },
};

const dates: Job = {
  name: 'git: dates of a history of 20,000 commits, in a fresh process',
  async prepare(scale) {
    const commits = scale.size(20_000);
    const remote = await serve(commits, commits);
    const path = join(remote.folder.path, 'dated');
    return {
      async figures() {
        const info = "await vault.info('d0/e0/file-0.ts');";
        const first = { command: opening(remote.remoteUrl, path, info) };
        await timeCommands({ first }, 1);
        const { opened, dated } = await timeCommands(
          {
            opened: { command: opening(remote.remoteUrl, path, '') },
            dated: { command: opening(remote.remoteUrl, path, info) },
          },
          scale.quick ? 3 : 9,
        );
        const value = (dated.processor - opened.processor) * 1000;
        return [{ name: 'what they cost once they are known', value, unit: 'ms of processor', atMost: 50 }];
      },
      dispose: remote.close,
    };
  },
};

export const jobs: readonly Job[] = [cloneAndPull, push, sessions, dates];
