import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type FileBackend, MemoryFileBackend, mirror, subdirectory } from '@f9/core';
import { ForwardingBackend } from '@f9/core/driver';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { LocalFileBackend } from '../src/index.ts';

// What of a mirror only a real filesystem shows: symlinks, FIFOs.

let folder: string;
let local: LocalFileBackend;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'f9-mirror-'));
  mkdirSync(join(folder, 'vault'));
  local = new LocalFileBackend({ root: join(folder, 'vault') });
});
afterEach(async () => {
  await local[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

const at = (path: string): string => join(folder, 'vault', path);

async function memory(files: Record<string, string>): Promise<FileBackend> {
  const vault = new MemoryFileBackend();
  for (const [path, data] of Object.entries(files)) await vault.create(path, { data });
  return vault;
}

const paths = (changes: readonly { readonly path: string }[]): string[] => changes.map(({ path }) => path);

describe('a folder as the source', () => {
  test('tells every entry that it does not mirror, and why; what the target has of it stays', async () => {
    writeFileSync(at('a.md'), 'a');
    writeFileSync(join(folder, 'secret'), 'secret');
    mkdirSync(at('directory'));
    writeFileSync(at('directory/inside.md'), 'inside');
    symlinkSync('a.md', at('link.md'));
    symlinkSync('nowhere', at('dangling'));
    symlinkSync('../secret', at('outside'));
    symlinkSync('loop', at('loop'));
    symlinkSync('directory', at('shortcut'));
    execFileSync('mkfifo', [at('pipe')]);
    const target = await memory({ dangling: 'kept', pipe: 'kept', 'shortcut/inside.md': 'kept', extra: 'x' });
    const result = await mirror(local, target, { prune: true });
    expect(result.skipped).toEqual([
      { path: 'dangling', reason: 'dangling-link' },
      { path: 'loop', reason: 'dangling-link' },
      { path: 'outside', reason: 'outside-link' },
      { path: 'pipe', reason: 'not-a-file' },
      { path: 'shortcut', reason: 'directory-link' },
    ]);
    expect(result.failed).toEqual([]);
    expect(paths(result.copied)).toEqual(['a.md', 'directory/inside.md', 'link.md']);
    expect(paths(result.deleted)).toEqual(['extra']);
    expect(await target.read('shortcut/inside.md', { binary: false })).toBe('kept');
  });
});

test('of a part of a folder nothing is mirrored that its symlinks lead out to', async () => {
  await local.create('public/a.md', { data: 'a' });
  await local.create('secret/key', { data: 'key' });
  symlinkSync('../secret/key', at('public/link'));
  symlinkSync('../secret', at('public/shortcut'));
  const target = await memory({});
  const result = await mirror(subdirectory(local, 'public'), target);
  expect(paths(result.copied)).toEqual(['a.md']);
  expect(result.skipped).toEqual([
    { path: 'link', reason: 'outside-link' },
    { path: 'shortcut', reason: 'outside-link' },
  ]);
});

test('what lies behind a symlink of the source stays in the target, also where the link matches no pattern', async () => {
  mkdirSync(at('directory'));
  writeFileSync(at('directory/a.md'), 'a');
  symlinkSync('directory', at('shortcut'));
  const target = await memory({ 'shortcut/a.md': 'kept', 'gone.md': 'x' });
  const result = await mirror(local, target, { glob: '**/*.md', prune: true });
  expect(paths(result.deleted)).toEqual(['gone.md']);
  expect(await target.read('shortcut/a.md', { binary: false })).toBe('kept');
});

describe('a folder as the target', () => {
  test('two names for one file become two files, and the second run finds nothing to do', async () => {
    writeFileSync(at('b.md'), 'b');
    symlinkSync('b.md', at('a.md'));
    const source = await memory({ 'a.md': 'a', 'b.md': 'b' });
    const result = await mirror(source, local);
    expect(result.failed).toEqual([]);
    expect(result.updated).toEqual([{ path: 'a.md', reason: 'the target has a symlink there' }]);
    expect(lstatSync(at('a.md')).isSymbolicLink()).toBe(false);
    expect([readFileSync(at('a.md'), 'utf8'), readFileSync(at('b.md'), 'utf8')]).toEqual(['a', 'b']);
    expect(await mirror(source, local)).toMatchObject({
      copied: [],
      updated: [],
      unchanged: ['a.md', 'b.md'],
    });
  });

  test('a symlink where a directory of the source belongs becomes a directory; what it led to stays', async () => {
    mkdirSync(at('elsewhere'));
    writeFileSync(at('elsewhere/x'), 'mine');
    symlinkSync('elsewhere', at('d'));
    const source = await memory({ 'd/x': 'theirs', 'elsewhere/x': 'mine' });
    const result = await mirror(source, local);
    expect(result.failed).toEqual([]);
    expect(readFileSync(at('d/x'), 'utf8')).toBe('theirs');
    expect(readFileSync(at('elsewhere/x'), 'utf8')).toBe('mine');
    expect(await mirror(source, local)).toMatchObject({ copied: [], updated: [] });
  });

  test('a symlink on the way to a file is replaced also where it matches no pattern by itself', async () => {
    mkdirSync(at('elsewhere'));
    writeFileSync(at('elsewhere/x.md'), 'mine');
    symlinkSync('elsewhere', at('d'));
    const result = await mirror(await memory({ 'd/x.md': 'theirs' }), local, { glob: '**/*.md' });
    expect(result.failed).toEqual([]);
    expect([readFileSync(at('d/x.md'), 'utf8'), readFileSync(at('elsewhere/x.md'), 'utf8')]).toEqual([
      'theirs',
      'mine',
    ]);
  });

  test('pruning removes a symlink and nothing that it leads to', async () => {
    writeFileSync(at('kept'), 'kept');
    symlinkSync('kept', at('link'));
    symlinkSync('nowhere', at('dangling'));
    const result = await mirror(await memory({ kept: 'kept' }), local, { prune: true });
    expect(paths(result.deleted)).toEqual(['dangling', 'link']);
    expect(readFileSync(at('kept'), 'utf8')).toBe('kept');
    expect(result.failed).toEqual([]);
  });

  test('a FIFO where a file belongs is one bad thing, named', async () => {
    execFileSync('mkfifo', [at('pipe')]);
    const result = await mirror(await memory({ pipe: 'x', other: 'y' }), local);
    expect(paths(result.copied)).toEqual(['other']);
    expect(paths(result.failed)).toEqual(['pipe']);
  });
});

test('between folders what runs runs, and what is private stays private', async () => {
  for (const [name, mode] of [
    ['run', 0o755],
    ['plain', 0o644],
    ['secret', 0o600],
  ] as const) {
    writeFileSync(at(name), name);
    chmodSync(at(name), mode);
  }
  const other = new LocalFileBackend({ root: join(folder, 'other') });
  const bits = (name: string): number => lstatSync(join(folder, 'other', name)).mode & 0o777;
  try {
    await mirror(local, other);
    expect([bits('run') & 0o100, bits('plain') & 0o111, bits('secret')]).toEqual([0o100, 0, 0o600]);
    chmodSync(at('plain'), 0o755);
    chmodSync(at('run'), 0o600);
    const result = await mirror(local, other);
    expect(paths(result.updated)).toEqual(['plain', 'run']);
    expect([bits('plain') & 0o100, bits('run')]).toEqual([0o100, 0o600]);
    expect((await mirror(local, other)).unchanged).toEqual(['plain', 'run', 'secret']);
  } finally {
    await other[Symbol.asyncDispose]();
  }
});

class Wrapped extends ForwardingBackend {
  protected readonly vault: FileBackend;

  constructor(vault: FileBackend) {
    super();
    this.vault = vault;
  }
}

describe('two vaults on one folder', () => {
  const INVALID = { code: 'INVALID_ARGUMENT', operation: 'mirror' };
  const other = (root: string): LocalFileBackend => new LocalFileBackend({ root });

  test('are refused where the target lies in the source, whatever leads there', async () => {
    await local.create('docs/a.md', { data: 'a' });
    symlinkSync(join(folder, 'vault'), join(folder, 'link'));
    const targets = [
      other(at('backup')),
      other(at('docs')),
      other(join(folder, 'link')),
      subdirectory(other(join(folder, 'link')), 'docs/deep'),
      subdirectory(other(folder), 'vault/x'),
    ];
    for (const target of targets) {
      const run = mirror(local, target);
      await expect(run).rejects.toMatchObject(INVALID);
      await expect(run).rejects.not.toThrow(folder);
      await target.close();
    }
    expect(await local.glob('**')).toEqual(['docs/a.md']);
  });

  test('are refused where the source lies in a target that is pruned', async () => {
    await local.create('docs/a.md', { data: 'a' });
    await local.create('docs/b.md', { data: 'b' });
    await using docs = other(at('docs'));
    await expect(mirror(docs, local, { prune: true })).rejects.toMatchObject(INVALID);
    await using unopened = other(at('docs'));
    await using around = other(at('.'));
    const wrapped = new Wrapped(unopened);
    await expect(mirror(wrapped, new Wrapped(around), { prune: true })).rejects.toMatchObject(INVALID);
    expect(await docs.glob('**')).toEqual(['a.md', 'b.md']);
    expect(paths((await mirror(docs, local)).copied)).toEqual(['a.md', 'b.md']);
  });

  test('are refused where the backup lies in one of them or around it, unless it is left out', async () => {
    await local.create('docs/a.md', { data: 'new' });
    await using docs = other(at('docs'));
    await using target = other(join(folder, 'target'));
    await target.create('a.md', { data: 'old' });
    for (const root of ['target', 'target/backup', 'vault/docs/backup', 'vault', '.']) {
      await using backup = other(join(folder, root));
      await expect(mirror(docs, target, { backup }), root).rejects.toMatchObject(INVALID);
    }
    expect(await target.read('a.md', { binary: false })).toBe('old');
    await using inside = other(join(folder, 'target/backup'));
    const kept = { backup: inside, ignore: ['backup/**'], prune: true };
    expect(paths((await mirror(docs, target, kept)).updated)).toEqual(['a.md']);
    expect(await inside.read('a.md', { binary: false })).toBe('old');
    expect((await mirror(docs, target, kept)).deleted).toEqual([]);
  });

  test('are taken where what overlaps is left out, or where they lie apart', async () => {
    await local.create('docs/a.md', { data: 'a' });
    await using backup = other(at('backup'));
    expect(paths((await mirror(local, backup, { ignore: ['backup/**'] })).copied)).toEqual(['docs/a.md']);
    expect((await mirror(local, backup, { ignore: ['backup/**'] })).unchanged).toEqual(['docs/a.md']);
    // What is left out has to be what overlaps.
    for (const ignore of [['*.tmp'], ['backup/*.tmp'], ['**/backup/*']]) {
      await expect(mirror(local, backup, { ignore }), `${ignore}`).rejects.toMatchObject(INVALID);
    }
    expect(paths((await mirror(local, backup, { glob: 'docs/**' })).copied)).toEqual([]);
    await using docs = other(at('docs'));
    await using beside = other(at('docs-copy'));
    expect(paths((await mirror(docs, beside)).copied)).toEqual(['a.md']);
  });
});
