import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

// In memory where there is such a place: git flushes what it writes to the disk, some hundred times in these tests.
const BASE = fs.existsSync('/dev/shm') ? '/dev/shm' : tmpdir();

/** Bytes that git may print; Node ends it after a million. */
const LARGE = 2 ** 28;

/** A folder of its own, free of symlinks. */
export function makeFolder(): string {
  return fs.realpathSync(fs.mkdtempSync(join(BASE, 'f9-git-')));
}

/** A folder of its own for the running test, removed after it. */
export function temporaryFolder(): string {
  const folder = makeFolder();
  onTestFinished(() => fs.rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
  return folder;
}

/** Runs git as a person would who is not f9, with nothing of the machine's own configuration; gives what it printed. */
export function git(directory: string, ...args: string[]): string {
  return run(directory, args).trimEnd();
}

function run(directory: string, args: readonly string[]): string {
  return execFileSync('git', ['-C', directory, ...args], {
    encoding: 'utf8',
    maxBuffer: LARGE,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env.PATH,
      LC_ALL: 'C',
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_AUTHOR_NAME: 'Somebody Else',
      GIT_AUTHOR_EMAIL: 'else@example.com',
      GIT_COMMITTER_NAME: 'Somebody Else',
      GIT_COMMITTER_EMAIL: 'else@example.com',
    },
  });
}

/** A new, empty bare repository. */
export function makeRemote(folder: string, name = 'remote.git'): string {
  const path = join(folder, name);
  fs.mkdirSync(path);
  git(path, 'init', '--quiet', '--bare', '--initial-branch=main', '--template=');
  return path;
}

/** What a branch of a repository holds, path by path. */
export function filesAt(repository: string, branch = 'main'): Record<string, string> {
  const entries = git(repository, 'ls-tree', '-r', '-z', '--full-tree', branch)
    .split('\0')
    .filter(Boolean)
    .map((line) => /^\d+ \w+ ([0-9a-f]+)\t(.*)$/s.exec(line)!.slice(1) as [oid: string, path: string]);
  let rest = execFileSync('git', ['-C', repository, 'cat-file', '--batch', '--buffer'], {
    input: entries.map(([oid]) => `${oid}\n`).join(''),
    maxBuffer: LARGE,
  });
  return Object.fromEntries(
    entries.map(([, path]) => {
      const start = rest.indexOf('\n') + 1;
      const end = start + Number(rest.subarray(0, start).toString().split(' ')[2]);
      const text = rest.subarray(start, end).toString();
      rest = rest.subarray(end + 1);
      return [path, text];
    }),
  );
}
