import { execFile } from 'node:child_process';
import {
  chmodSync,
  promises as fs,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import isomorphicGit from 'isomorphic-git';
import http from 'isomorphic-git/http/node';
import { git, serve } from '../git-remote.ts';
import type { Figure, Job } from '../harness.ts';

const pull: Job = {
  name: 'git: pull with nothing new, over http',
  rounds: 10,
  async prepare(scale) {
    const remote = await serve(scale.size(1000), 1);
    const backend = await remote.open('f9');
    await git(remote.folder.path, 'clone', '--quiet', remote.remoteUrl, 'plain');
    const plain = join(remote.folder.path, 'plain');
    return {
      variants: {
        f9: { run: () => backend.pull() },
        'git pull': { run: () => git(plain, 'pull', '--quiet') },
        'git fetch': { run: () => git(plain, 'fetch', '--quiet') },
        'isomorphic-git fetch': {
          run: () => isomorphicGit.fetch({ fs, http, dir: plain, remote: 'origin', ref: 'main' }),
        },
      },
      async dispose() {
        await backend[Symbol.asyncDispose]();
        await remote.close();
      },
    };
  },
};

const clone: Job = {
  name: 'git: clone 1,000 files over http',
  rounds: 6,
  async prepare(scale) {
    const remote = await serve(scale.size(1000), 1);
    const target = (): string => mkdtempSync(join(remote.folder.path, 'clone-'));
    return {
      variants: {
        f9: {
          run: async () => {
            await using _ = await remote.open(join(target(), 'vault').slice(remote.folder.path.length + 1));
          },
        },
        'git clone': { run: () => git(target(), 'clone', '--quiet', remote.remoteUrl, '.') },
        'isomorphic-git clone': {
          run: () =>
            isomorphicGit.clone({ fs, http, dir: target(), url: remote.remoteUrl, singleBranch: true }),
        },
      },
      dispose: remote.close,
    };
  },
};

const session: Job = {
  name: 'git: write 1,000 files and publish them in one commit',
  rounds: 4,
  async prepare(scale) {
    const remote = await serve(10, 1);
    const count = scale.size(1000);
    let round = 0;
    const backend = await remote.open('f9');
    await git(remote.folder.path, 'clone', '--quiet', remote.remoteUrl, 'plain');
    const plain = join(remote.folder.path, 'plain');
    return {
      variants: {
        'f9 session': {
          run: () => {
            round++;
            return backend.syncSession(
              async () => {
                for (let i = 0; i < count; i++)
                  await backend.create(`f9/${round}/${i}.md`, { data: `note ${round}` });
              },
              { pull: true, push: true },
            );
          },
        },
        'plain writes, git pull, add, commit, push': {
          run: async () => {
            round++;
            await git(plain, 'pull', '--quiet', '--rebase');
            mkdirSync(join(plain, `plain/${round}`), { recursive: true });
            for (let i = 0; i < count; i++)
              writeFileSync(join(plain, `plain/${round}/${i}.md`), `note ${round}`);
            await git(plain, 'add', '--all');
            await git(plain, 'commit', '--quiet', '--message', 'notes');
            await git(plain, 'push', '--quiet');
          },
        },
      },
      async dispose() {
        await backend[Symbol.asyncDispose]();
        await remote.close();
      },
    };
  },
};

const dates: Job = {
  name: 'git: info of 10,000 files, dates from history',
  rounds: 3,
  async prepare(scale) {
    const files = scale.size(10_000);
    const remote = await serve(files, scale.size(5000));
    let backend = await remote.open('dated');
    const paths = await backend.globFiles('**');
    const repository = join(remote.folder.path, 'dated');
    return {
      variants: {
        'f9 info of every file, nothing cached': {
          before: async () => {
            await backend[Symbol.asyncDispose]();
            rmSync(join(repository, '.git/f9/dates'), { force: true });
            backend = await remote.open('dated');
          },
          run: async () => {
            for (const path of paths) await backend.info(path);
          },
        },
        'git log --name-status, once': {
          run: () =>
            git(repository, 'log', '-c', '--format=%x01%ct', '--name-status', '--no-renames', '-z', 'HEAD'),
        },
      },
      goals: [
        {
          variant: 'f9 info of every file, nothing cached',
          against: 'git log --name-status, once',
          atMost: 2,
        },
      ],
      async dispose() {
        await backend[Symbol.asyncDispose]();
        await remote.close();
      },
    };
  },
};

/** Git processes that each operation starts, counted by a wrapper around the command. */
const processes: Job = {
  name: 'git: processes',
  async prepare(scale) {
    const remote = await serve(scale.size(1000), 10);
    const log = join(remote.folder.path, 'started');
    const tools = join(remote.folder.path, 'tools');
    const real = (await promisify(execFile)('sh', ['-c', 'command -v git'])).stdout.trim();
    mkdirSync(tools);
    writeFileSync(join(tools, 'git'), `#!/bin/sh\necho "$*" >> '${log}'\nexec '${real}' "$@"\n`);
    chmodSync(join(tools, 'git'), 0o755);
    const path = process.env.PATH;
    return {
      async figures() {
        process.env.PATH = `${tools}:${path}`;
        const backend = await remote.open('counted');
        const count = async (name: string, atMost: number, work: () => Promise<unknown>): Promise<Figure> => {
          writeFileSync(log, '');
          await work();
          // The server runs here too, and its processes are not ours.
          const started = readFileSync(log, 'utf8')
            .split('\n')
            .filter((line) => line !== '' && line !== 'http-backend');
          return { name, value: started.length, unit: 'processes', atMost };
        };
        const figures = [
          await count('write', 0, () => backend.create('new.md', { data: 'new' })),
          await count('read', 0, () => backend.read('new.md')),
          await count('list', 0, () => Array.fromAsync(backend.list('/', { recursive: true }))),
          await count('glob', 0, () => backend.glob('**/*.ts')),
          await count('info of every file', 1, async () => {
            for (const file of await backend.globFiles('**')) await backend.info(file);
          }),
          await count('info again', 0, () => backend.info('d0/e0/file-0.ts')),
          await count('push of one file', 6, () => backend.push()),
          await count('pull with nothing new', 1, () => backend.pull()),
          await count('a session that writes 1,000 files', 6, () =>
            backend.syncSession(
              async () => {
                for (let i = 0; i < scale.size(1000); i++)
                  await backend.create(`session/${i}.md`, { data: 'x' });
              },
              { pull: true, push: true },
            ),
          ),
        ];
        await backend[Symbol.asyncDispose]();
        process.env.PATH = path;
        return figures;
      },
      dispose: remote.close,
    };
  },
};

export const jobs: readonly Job[] = [processes, pull, clone, session, dates];
