import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type FileBackend, MemoryFileBackend } from '@f9/core';
import { LocalFileBackend } from '@f9/local';
import git from 'isomorphic-git';
import http from 'isomorphic-git/http/node';
import { afterAll, describe, expect, test } from 'vitest';
import { createFs } from '../src/index.ts';
import { hasGit, git as realGit, serveRepository } from './git-server.ts';

const folders: string[] = [];
afterAll(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true }))));

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'f9-isomorphic-'));
  folders.push(path);
  return path;
}

const author = { name: 'Ada', email: 'ada@example.com' };
const dir = '/';

/** Makes a repository with two commits on `main`, and one more on `topic`. */
async function makeRepository(backend: FileBackend): Promise<void> {
  const fs = createFs(backend);
  const commit = async (message: string, ...paths: string[]): Promise<void> => {
    for (const filepath of paths) await git.add({ fs, dir, filepath });
    await git.commit({ fs, dir, message, author });
  };
  await git.init({ fs, dir, defaultBranch: 'main' });
  await backend.create('README.md', { data: '# Notes\n' });
  await backend.create('src/deep/a.txt', { data: 'a\n' });
  await commit('One', 'README.md', 'src/deep/a.txt');
  await backend.create('src/bytes.bin', { data: new Uint8Array([0, 255, 10, 13]) });
  await backend.update('README.md', { data: '# More notes\n' });
  await commit('Two', 'README.md', 'src/bytes.bin');
  await git.branch({ fs, dir, ref: 'topic', checkout: true });
  await backend.delete('src/deep/a.txt');
  await git.remove({ fs, dir, filepath: 'src/deep/a.txt' });
  await backend.create('topic.txt', { data: 'topic\n' });
  await commit('Three', 'topic.txt');
}

const places = {
  memory: async (): Promise<FileBackend> => new MemoryFileBackend(),
  'a folder': async (): Promise<FileBackend> => new LocalFileBackend({ root: await folder() }),
};

describe.each(Object.entries(places))('isomorphic-git on %s', (_, open) => {
  test('commits, logs, branches and checks out', async () => {
    await using backend = await open();
    const fs = createFs(backend);
    await makeRepository(backend);
    const log = await git.log({ fs, dir });
    expect(log.map(({ commit }) => commit.message.trim())).toEqual(['Three', 'Two', 'One']);
    await git.checkout({ fs, dir, ref: 'main' });
    expect(await backend.exists('topic.txt')).toBe(false);
    expect(await backend.read('src/deep/a.txt', { binary: false })).toBe('a\n');
    expect(await git.listFiles({ fs, dir })).toEqual(['README.md', 'src/bytes.bin', 'src/deep/a.txt']);
    await git.checkout({ fs, dir, ref: log[2]!.oid, force: true });
    expect(await backend.read('README.md', { binary: false })).toBe('# Notes\n');
  });

  test('tells what was changed', async () => {
    await using backend = await open();
    const fs = createFs(backend);
    await makeRepository(backend);
    const status = (filepath: string): Promise<string> => git.status({ fs, dir, filepath });
    expect(await status('README.md')).toBe('unmodified');
    await backend.update('README.md', { data: 'changed' });
    await backend.create('new.txt', { data: 'new' });
    await backend.delete('topic.txt');
    expect([await status('README.md'), await status('new.txt'), await status('topic.txt')]).toEqual([
      '*modified',
      '*added',
      '*deleted',
    ]);
    const changed = (await git.statusMatrix({ fs, dir })).filter(([, head, workdir]) => head !== workdir);
    expect(changed.map(([path]) => path)).toEqual(['README.md', 'new.txt', 'topic.txt']);
  });

  test('merges', async () => {
    await using backend = await open();
    const fs = createFs(backend);
    await makeRepository(backend);
    await git.checkout({ fs, dir, ref: 'main' });
    await backend.create('main.txt', { data: 'main\n' });
    await git.add({ fs, dir, filepath: 'main.txt' });
    await git.commit({ fs, dir, message: 'Four', author });
    await git.merge({ fs, dir, ours: 'main', theirs: 'topic', author });
    await git.checkout({ fs, dir, ref: 'main' });
    expect(await backend.globFiles('**')).toEqual(['README.md', 'main.txt', 'src/bytes.bin', 'topic.txt']);
  });
});

describe.skipIf(!(await hasGit()))('with the git command (needs git)', () => {
  const files = {
    'README.md': '# Repository\n',
    'deep/er/bytes.bin': new Uint8Array([0, 1, 254, 255]),
    ...Object.fromEntries(Array.from({ length: 120 }, (_, i) => [`many/${i}.txt`, `file ${i}\n`])),
  };

  test.each(Object.entries(places))('isomorphic-git clones and pushes on %s, over http', async (_, open) => {
    await using server = await serveRepository(files);
    await using backend = await open();
    const fs = createFs(backend);
    await git.clone({ fs, http, dir, url: server.url });
    expect(await backend.globFiles('**')).toEqual(Object.keys(files).sort());
    expect(await backend.read('deep/er/bytes.bin')).toEqual(files['deep/er/bytes.bin']);
    expect(await backend.read('many/77.txt', { binary: false })).toBe('file 77\n');
    expect((await git.statusMatrix({ fs, dir })).every(([, ...stages]) => stages.join() === '1,1,1')).toBe(
      true,
    );

    await backend.update('README.md', { data: '# Changed\n' });
    await git.add({ fs, dir, filepath: 'README.md' });
    const oid = await git.commit({ fs, dir, message: 'Change', author });
    await git.push({ fs, http, dir, remote: 'origin', ref: 'main' });
    expect(await realGit(server.path, 'rev-parse', 'main')).toBe(oid);
    expect(await realGit(server.path, 'show', 'main:README.md')).toBe('# Changed');
    await realGit(server.path, 'fsck', '--strict');
  });

  test('git itself finds nothing wrong with a repository that was made in a vault', async () => {
    const root = await folder();
    {
      await using backend = new LocalFileBackend({ root });
      await makeRepository(backend);
    }
    await realGit(root, 'fsck', '--strict', '--full');
    expect(await realGit(root, 'log', '--format=%s', 'topic')).toBe('Three\nTwo\nOne');
    expect(await realGit(root, 'status', '--porcelain', '--untracked-files=no')).toBe('');
  });
});
