import { cpSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import type { GitSyncFileBackend } from '../../packages/git/src/index.ts';
import { type Command, program, timeCommands } from '../commands.ts';
import { ENVIRONMENT, git, serve } from '../git-remote.ts';
import { type Job, median } from '../harness.ts';

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
  name: 'git: sessions of one small commit, pushed',
  rounds: 8,
  async prepare() {
    const [ours, theirs] = [await serve(10, 1), await serve(10, 1)];
    const backend = await ours.open('f9');
    await git(theirs.folder.path, 'clone', '--quiet', theirs.remoteUrl, 'plain');
    const plain = join(theirs.folder.path, 'plain');
    let round = 0;
    const byGit = async (...options: string[]): Promise<void> => {
      writeFileSync(join(plain, 'note.md'), `round ${round++}`);
      await git(plain, ...options, 'add', '--all');
      await git(plain, ...options, 'commit', '--quiet', '--message', 'one');
      await git(plain, ...options, 'push', '--quiet');
    };
    return {
      variants: {
        f9: { run: () => oneSession(backend, round++) },
        'git add, commit, push': { run: () => byGit() },
        'the same, kept from a power cut as f9 does': {
          run: () => byGit('-c', 'core.fsync=added,reference'),
        },
      },
      goals: [{ variant: 'f9', against: 'git add, commit, push', atMost: 1 }],
      async dispose() {
        await backend[Symbol.asyncDispose]();
        await ours.close();
        await theirs.close();
      },
    };
  },
};

async function oneSession(backend: GitSyncFileBackend, round: number): Promise<void> {
  await backend.syncSession(
    () => backend.create('note.md', { data: `round ${round}`, overwrite: true }).then(() => undefined),
    { pull: false, push: true },
  );
}

/** Session after session in one vault: the history grows, what one costs does not. */
const manySessions: Job = {
  name: 'git: a thousand sessions in one vault, pushed',
  async prepare(scale) {
    const remote = await serve(10, 1);
    const backend = await remote.open('f9');
    const [sessions, part] = scale.quick ? [12, 4] : [1000, 100];
    return {
      async figures() {
        const times: number[] = [];
        for (let round = 0; round < sessions; round++) {
          const start = performance.now();
          await oneSession(backend, round);
          times.push(performance.now() - start);
        }
        const value = median(times.slice(-part)) / median(times.slice(0, part));
        return [{ name: `the last ${part} : the first ${part}`, value, unit: 'x', atMost: 1.2 }];
      },
      async dispose() {
        await backend[Symbol.asyncDispose]();
        await remote.close();
      },
    };
  },
};

/** Seconds a file of a clone; linear means that they do not grow. */
const growth: Job = {
  name: 'git: cost per file of a clone grows linearly',
  async prepare(scale) {
    const sizes = scale.quick ? [500, 1500] : [1000, 10_000, 100_000];
    const remotes = new Map<number, Awaited<ReturnType<typeof serve>>>();
    for (const size of sizes) remotes.set(size, await serve(size, 1));
    return {
      async figures() {
        const idle = await timeCommands({ node: { command: program({ git: 'GitSyncFileBackend' }, '') } }, 3);
        const each: number[] = [];
        for (const [size, { folder, remoteUrl }] of remotes) {
          const path = join(folder.path, 'cloned');
          const before = (): void => rmSync(path, { recursive: true, force: true });
          const { f9 } = await timeCommands({ f9: { command: opening(remoteUrl, path, ''), before } }, 1);
          each.push((f9.processor - idle.node.processor) / size);
        }
        const [last, before] = [each.at(-1)!, each.at(-2)!];
        const name = `clone, processor a file at ${sizes.at(-1)} : at ${sizes.at(-2)} files`;
        return [{ name, value: last / before, unit: 'x', atMost: 1.2 }];
      },
      async dispose() {
        for (const { close } of remotes.values()) await close();
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

export const jobs: readonly Job[] = [cloneAndPull, growth, push, sessions, manySessions, dates];
