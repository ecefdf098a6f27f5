import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { LocalFileBackend, type LocalFileBackendOptions } from '../src/index.ts';
import { Child } from './support/child.ts';
import { everything, plant, temporaryFolder } from './support/temporary-folder.ts';

let root: string;

beforeEach(() => {
  root = temporaryFolder();
});

const open = (options: Partial<LocalFileBackendOptions> = {}): Promise<LocalFileBackend> =>
  LocalFileBackend.open({ root, durability: 'none', ...options });

const isRoot = process.getuid?.() === 0;
const modeOf = (path: string): number => fs.statSync(join(root, path)).mode & 0o7777;

describe.skipIf(process.platform === 'win32').each([
  ['auto', 'none'],
  ['async', 'fsync'],
] as const)('io: %s, durability: %s (needs POSIX)', (io, durability) => {
  let backend: LocalFileBackend;

  beforeEach(async () => {
    backend = await open({ io, durability });
  });

  test('a replaced file keeps its mode; a new one has that of the umask, a copy that of its source', async () => {
    plant(root, { 'script.sh': '#!/bin/sh', 'secret.txt': 'x' });
    fs.chmodSync(join(root, 'script.sh'), 0o755);
    fs.chmodSync(join(root, 'secret.txt'), 0o600);
    await backend.update('script.sh', { data: '#!/bin/bash' });
    await backend.update('script.sh', { data: '\n', append: true });
    await backend.streamWrite('secret.txt', { chunkSource: ['y'], overwrite: true });
    await backend.copy('script.sh', 'copy.sh');
    await backend.copy('script.sh', 'secret.txt', { overwrite: true });
    await backend.create('new.txt');
    const umask = process.umask();
    expect([modeOf('script.sh'), modeOf('secret.txt')]).toEqual([0o755, 0o600]);
    expect([modeOf('copy.sh'), modeOf('new.txt')]).toEqual([0o755 & ~umask, 0o666 & ~umask]);
    expect((await backend.info('secret.txt')).permissions).toBe(0o600);
  });

  test('the new version of a file that others may not read is never readable to them, not even while it is written', async () => {
    plant(root, { 'secret.txt': 'x' });
    fs.chmodSync(join(root, 'secret.txt'), 0o600);
    const seen: number[] = [];
    async function* source(): AsyncGenerator<string> {
      yield 'new secret';
      const staging = fs.readdirSync(join(root, '.f9')).find((name) => name.startsWith('staging.'))!;
      for (const path of [
        staging,
        ...fs.readdirSync(join(root, '.f9', staging)).map((name) => join(staging, name)),
      ])
        seen.push(modeOf(`.f9/${path}`));
    }
    await backend.update('secret.txt', { data: source() });
    expect(seen).toEqual([0o700, 0o600]);
  });

  test('a write that fails leaves no directory behind that it made', async () => {
    async function* failing(): AsyncGenerator<string> {
      yield 'some';
      throw new Error('The source broke');
    }
    await expect(backend.create('a/b/c.txt', { data: failing() })).rejects.toThrow('The source broke');
    plant(root, { 'file.txt': 'x' });
    await expect(backend.create('file.txt/below/c.txt')).rejects.toMatchObject({
      code: 'NOT_DIRECTORY',
      path: 'file.txt',
    });
    await expect(backend.copy('missing', 'd/e/f.txt')).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(backend.move('missing', 'd/e/f.txt')).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect(everything(root).filter((path) => !path.startsWith('.f9'))).toEqual(['file.txt']);
    expect(everything(root).filter((path) => path.startsWith('.f9/'))).toEqual([]);
  });

  test('a source may use one buffer for all its chunks, however many they are', async () => {
    const buffer = new Uint8Array(99_991);
    const sha256 = createHash('sha256');
    function* source(): Generator<Uint8Array> {
      for (let i = 0; i < 120; i++) {
        buffer.fill(i);
        sha256.update(buffer);
        yield buffer;
      }
    }
    const { size } = await backend.streamWrite('big.bin', { chunkSource: source() });
    expect(size).toBe(120 * buffer.length);
    expect(
      createHash('sha256')
        .update(fs.readFileSync(join(root, 'big.bin')))
        .digest(),
    ).toEqual(sha256.digest());
  });

  test('a source that reads, appends to and replaces the file it is written to ends', async () => {
    await backend.create('file.txt', { data: 'old' });
    async function* source(): AsyncGenerator<Uint8Array | string> {
      yield await backend.read('file.txt');
      await backend.update('file.txt', { data: ', appended', append: true });
      yield ', new';
    }
    await backend.update('file.txt', { data: source(), append: true });
    expect(await backend.read('file.txt', { binary: false })).toBe('old, appendedold, new');
  });

  test('many versions of one size in one moment all have etags of their own', async () => {
    const etags = new Set<string | undefined>();
    for (let i = 0; i < 200; i++) {
      if (i % 3 === 0) await backend.delete('file.txt').catch(() => undefined);
      etags.add((await backend.create('file.txt', { data: `version ${i % 10}`, overwrite: true })).etag);
    }
    expect(etags.size).toBe(200);
    expect(etags).toContain((await backend.info('file.txt')).etag);
  });

  test('of conditional writes of one version exactly one wins, through any object and any symlink', async () => {
    const other = await open({ io, durability });
    fs.mkdirSync(join(root, 'dir'));
    fs.symlinkSync('dir', join(root, 'link'));
    const { etag } = await backend.create('dir/file.txt', { data: 'first' });
    const writes = Array.from({ length: 20 }, (_, i) =>
      (i % 2 === 0 ? backend : other).update(i % 3 === 0 ? 'link/file.txt' : 'dir/file.txt', {
        data: `writer ${i}`,
        ifMatch: etag!,
      }),
    );
    const results = await Promise.allSettled(writes);
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const result of results) {
      if (result.status === 'rejected') expect(result.reason).toMatchObject({ code: 'PRECONDITION_FAILED' });
    }
  });

  test('a move onto a symlink to the file itself is refused, and moves against each other end', async () => {
    plant(root, { 'a.txt': 'a', 'b.txt': 'b' });
    fs.symlinkSync('a.txt', join(root, 'link.txt'));
    await expect(backend.move('a.txt', 'link.txt', { overwrite: true })).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
    });
    const moves = Array.from({ length: 10 }, (_, i) =>
      i % 2 === 0
        ? backend.move('a.txt', 'b.txt', { overwrite: true })
        : backend.move('b.txt', 'a.txt', { overwrite: true }),
    );
    await Promise.allSettled(moves);
    expect(['a', 'b']).toContain(
      fs.readFileSync(join(root, fs.existsSync(join(root, 'a.txt')) ? 'a.txt' : 'b.txt'), 'utf8'),
    );
  });

  test('a move that was killed between its two steps, and left both names, is finished by running it again', async () => {
    plant(root, { 'from.txt': 'x' });
    fs.linkSync(join(root, 'from.txt'), join(root, 'to.txt'));
    await backend.move('from.txt', 'to.txt', { overwrite: true });
    expect(everything(root).filter((path) => path !== '.f9')).toEqual(['to.txt']);
  });

  test('writing a file takes it out of a hard link, and the other name keeps the old content', async () => {
    plant(root, { 'one.txt': 'old' });
    fs.linkSync(join(root, 'one.txt'), join(root, 'other.txt'));
    await backend.update('one.txt', { data: 'new' });
    expect(await backend.read('other.txt', { binary: false })).toBe('old');
  });

  test('a stream that is read goes on with the version it began with while the file is replaced and deleted', async () => {
    const old = new Uint8Array(3_000_000).fill(1);
    await backend.create('large.bin', { data: old });
    const reader = backend.streamRead('large.bin', { chunkSize: 100_000 }).getReader();
    let count = (await reader.read()).value!.length;
    await backend.update('large.bin', { data: 'short' });
    await backend.delete('large.bin');
    for (let next = await reader.read(); !next.done; next = await reader.read()) {
      expect(next.value.every((byte) => byte === 1)).toBe(true);
      count += next.value.length;
    }
    expect(count).toBe(old.length);
  });
});

test('the state directory is made by the first write, with the mode of the root, and is made again if it is removed', async () => {
  fs.chmodSync(root, 0o775);
  const backend = await open();
  await backend.exists('a');
  await backend.glob('**');
  await expect(backend.delete('a')).rejects.toMatchObject({ code: 'NOT_FOUND' });
  expect(everything(root)).toEqual([]);
  await backend.create('a');
  expect(everything(root)).toEqual(['.f9', 'a']);
  if (process.platform !== 'win32') expect(modeOf('.f9')).toBe(0o775);
  fs.rmSync(join(root, '.f9'), { recursive: true });
  await backend.create('b');
  expect(everything(root)).toEqual(['.f9', 'a', 'b']);
});

test('git takes nothing of a vault in a repository but its files (needs git)', async () => {
  const git = (...args: string[]): string => execFileSync('git', args, { cwd: root, encoding: 'utf8' });
  git('init', '--quiet');
  await using backend = await open({ root: join(root, 'docs') });
  await backend.create('a.md', { data: 'a' });
  fs.utimesSync(join(root, 'docs/a.md'), 1, 1);
  await backend.checksumMany(['a.md']);
  await backend.syncSession(async () => {
    expect(fs.readdirSync(join(root, 'docs/.f9')).length).toBeGreaterThan(1);
    expect(git('status', '--porcelain', '--untracked-files=all')).toBe('?? docs/a.md\n');
    git('add', '.');
  });
  expect(git('ls-files')).toBe('docs/a.md\n');
});

test.skipIf(process.platform !== 'linux')(
  'what is put in the place of the directory where a file is staged is not published (needs Linux)',
  async () => {
    await using backend = await open();
    const state = join(root, '.f9');
    async function* source(): AsyncGenerator<string> {
      yield 'mine';
      const [staging = ''] = fs
        .readdirSync(state)
        .filter((name) => fs.statSync(join(state, name)).isDirectory());
      expect(fs.statSync(join(state, staging)).mode & 0o777).toBe(0o700);
      const [file = ''] = fs.readdirSync(join(state, staging));
      fs.renameSync(join(state, staging), join(state, 'away'));
      plant(root, { [`.f9/${staging}/${file}`]: 'theirs' });
    }
    await backend.streamWrite('a.md', { chunkSource: source() });
    expect(await backend.read('a.md', { binary: false })).toBe('mine');
    fs.rmSync(join(state, 'away'), { recursive: true });
  },
);

test('a state directory of its own keeps staged files, and the root keeps the locks', async () => {
  const folder = temporaryFolder();
  const stateDirectory = join(folder, 'deep/state');
  const backend = await open({ stateDirectory });
  await backend.create('a', { data: 'x' });
  await backend.syncSession(async () => {
    expect(everything(join(root, '.f9'))).toEqual(['session.lock']);
  });
  // Locks are where all meet who open the root, whatever their options.
  expect(everything(root)).toEqual(['.f9', 'a']);
  expect(everything(stateDirectory)).toEqual([]);
});

test('creates in directories that others remove all the time succeed or say BUSY, and what succeeded is there', async () => {
  const [backend, other] = [await open(), await open({ io: 'async' })];
  let done = false;
  const remove = async (): Promise<void> => {
    while (!done) await other.delete('a', { recursive: true }).catch(() => undefined);
  };
  const removing = remove();
  for (let i = 0; i < 100; i++) {
    const made = await backend.create(`a/b/${i}`, { data: 'x' }).catch((error: unknown) => error);
    if (made instanceof Error) expect(made).toMatchObject({ code: 'BUSY' });
  }
  done = true;
  await removing;
  await backend.create('a/b/last', { data: 'x' });
  expect(await backend.read('a/b/last', { binary: false })).toBe('x');
});

describe.skipIf(!isRoot || process.platform !== 'linux')(
  'as root on Linux (needs Linux, root: mounts and other users take rights)',
  () => {
    test('the owner of a replaced file stays its owner', async () => {
      plant(root, { 'file.txt': 'x' });
      fs.chownSync(join(root, 'file.txt'), 1234, 2345);
      fs.chmodSync(join(root, 'file.txt'), 0o4751);
      const info = await (await open()).update('file.txt', { data: 'y' });
      expect([info.ownerUid, info.ownerGid, info.permissions]).toEqual([1234, 2345, 0o4751]);
      expect(modeOf('file.txt')).toBe(0o4751);
    });

    test('files on another filesystem inside the root are written, moved and cleaned up like others', async () => {
      fs.mkdirSync(join(root, 'mounted'));
      try {
        execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'f9-test', join(root, 'mounted')], {
          stdio: 'pipe',
        });
      } catch {
        // In a container without the right to mount; the state directory on another filesystem proves the same below.
        return;
      }
      try {
        await using backend = await open({ durability: 'fsync' });
        await backend.create('mounted/a.txt', { data: 'a' });
        await expect(backend.create('mounted/a.txt')).rejects.toMatchObject({ code: 'ALREADY_EXISTS' });
        fs.chmodSync(join(root, 'mounted/a.txt'), 0o640);
        await backend.update('mounted/a.txt', { data: 'b', append: true });
        await backend.streamWrite('mounted/deep/b.txt', { chunkSource: ['streamed'] });
        expect(modeOf('mounted/a.txt')).toBe(0o640);
        expect(await backend.read('mounted/a.txt', { binary: false })).toBe('ab');
        await backend.move('mounted/a.txt', 'here.txt');
        await backend.move('mounted/deep', 'deep');
        expect(everything(root)).toEqual(['.f9', 'deep', 'deep/b.txt', 'here.txt', 'mounted']);
      } finally {
        execFileSync('umount', [join(root, 'mounted')]);
      }
    });

    test('a file that its user may not link is moved without replacing anything', async () => {
      plant(root, { 'theirs.txt': 'x', 'there.txt': 'y' });
      fs.chmodSync(root, 0o777);
      fs.chmodSync(join(root, 'theirs.txt'), 0o600);
      const asNobody = ['setpriv', '--reuid=65534', '--clear-groups'];
      await using mover = new Child('mover', [root], asNobody);
      expect(JSON.parse(await mover.line())).toEqual(['moved', 'ALREADY_EXISTS']);
      expect(everything(root).filter((path) => path !== '.f9')).toEqual(['moved.txt', 'there.txt']);
    });
  },
);

test('a state directory on another filesystem is one too', { skip: !fs.existsSync('/dev/shm') }, async () => {
  const stateDirectory = fs.mkdtempSync('/dev/shm/f9-local-');
  try {
    for (const io of ['auto', 'async'] as const) {
      await using backend = await open({ io, stateDirectory });
      await backend.create('dir/a.txt', { data: 'a' });
      await expect(backend.create('dir/a.txt')).rejects.toMatchObject({ code: 'ALREADY_EXISTS' });
      fs.chmodSync(join(root, 'dir/a.txt'), 0o640);
      await backend.update('dir/a.txt', { data: 'b', append: true });
      expect(modeOf('dir/a.txt')).toBe(0o640);
      expect(await backend.read('dir/a.txt', { binary: false })).toBe('ab');
      expect(everything(root)).toEqual(['.f9', 'dir', 'dir/a.txt']);
      expect(everything(stateDirectory)).toEqual([]);
      await backend.delete('dir', { recursive: true });
    }
  } finally {
    fs.rmSync(stateDirectory, { recursive: true });
  }
});
