import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isFileBackendError } from '@f9/core';
import { describe, expect, test } from 'vitest';
import { explainErrno } from '../src/errors.ts';
import { LocalFileBackend, type LocalFileBackendOptions, localPlugin } from '../src/index.ts';
import { everything, plant, temporaryFolder } from './support/temporary-folder.ts';

describe('opening', () => {
  test('makes a missing root with its parents, unless told not to', async () => {
    const folder = temporaryFolder();
    const root = join(folder, 'a/b');
    await expect(LocalFileBackend.open({ root, createRoot: false })).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
    expect(everything(folder)).toEqual([]);
    await LocalFileBackend.open({ root });
    expect(everything(folder)).toEqual(['a', 'a/b']);
    await LocalFileBackend.open({ root, createRoot: false });
  });

  test('a root that is a file, or below one, is NOT_DIRECTORY, and the message does not tell where it is', async () => {
    const folder = temporaryFolder();
    plant(folder, { file: '' });
    for (const [root, createRoot] of [
      ['file', true],
      ['file', false],
      ['file/below', true],
      ['file/below', false],
    ] as const) {
      const error = await LocalFileBackend.open({ root: join(folder, root), createRoot }).catch(
        (thrown: unknown) => thrown,
      );
      expect(error, root).toSatisfy((thrown) => isFileBackendError(thrown, 'NOT_DIRECTORY'));
      expect(`${error} ${JSON.stringify(error)}`).not.toContain(folder);
    }
  });

  test('a root may be a symlink to a folder, and a relative path', async () => {
    const folder = temporaryFolder();
    plant(folder, { 'vault/a.txt': 'a' });
    fs.symlinkSync('vault', join(folder, 'link'));
    await using backend = await LocalFileBackend.open({ root: join(folder, 'link') });
    await backend.create('b.txt');
    expect(everything(join(folder, 'vault'))).toEqual(['.f9', 'a.txt', 'b.txt']);
    const program = `
      import { LocalFileBackend } from '@f9/local';
      await using backend = await LocalFileBackend.open({ root: 'relative' });
      process.chdir('/');
      await backend.create('c.txt');`;
    const file = join(folder, 'program.mjs');
    fs.writeFileSync(file, program.replace('@f9/local', new URL('../src/index.ts', import.meta.url).href));
    execFileSync(process.execPath, ['--conditions=@f9/source', file], { cwd: folder });
    expect(fs.existsSync(join(folder, 'relative/c.txt'))).toBe(true);
  });

  test.each<[string, unknown]>([
    ['no root', {}],
    ['an empty root', { root: '' }],
    ['a root that is no string', { root: 1 }],
    ['another io', { root: 'x', io: 'sync' }],
    ['another durability', { root: 'x', durability: 'full' }],
    ['an empty state directory', { root: 'x', stateDirectory: '' }],
  ])('%s is INVALID_ARGUMENT before anything is touched', (_, options) => {
    expect(() => new LocalFileBackend(options as LocalFileBackendOptions)).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT' }),
    );
  });

  test('a root that is removed while it is open is NOT_FOUND or empty, and nothing is made elsewhere', async () => {
    const root = temporaryFolder();
    await using backend = await LocalFileBackend.open({ root });
    fs.rmSync(root, { recursive: true });
    await expect(Array.fromAsync(backend.list())).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(backend.read('a')).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect(await backend.exists('a')).toBe(false);
    await expect(backend.create('a')).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect(fs.existsSync(root)).toBe(false);
  });

  test('importing the package loads nothing that locks, globs or hashes', () => {
    const program = `
      const { registerHooks } = await import('node:module');
      const loaded = [];
      registerHooks({ resolve: (specifier, context, next) => (loaded.push(specifier), next(specifier, context)) });
      await import(${JSON.stringify(new URL('../src/index.ts', import.meta.url).href)});
      console.log(loaded.filter((name) => !name.startsWith('.') && !name.startsWith('node:')).join());`;
    const output = execFileSync(
      process.execPath,
      ['--conditions=@f9/source', '--input-type=module', '-e', program],
      {
        encoding: 'utf8',
        cwd: fileURLToPath(new URL('..', import.meta.url)),
      },
    );
    expect(
      new Set(
        output
          .trim()
          .split(',')
          .filter((name) => !name.startsWith('file:')),
      ),
    ).toEqual(new Set(['@f9/core', '@f9/core/driver', 'ignore']));
  });
});

describe('errors of the system', () => {
  test.each([
    ['ENOENT', 'NOT_FOUND'],
    ['EEXIST', 'ALREADY_EXISTS'],
    ['ENOTEMPTY', 'DIRECTORY_NOT_EMPTY'],
    ['EISDIR', 'IS_DIRECTORY'],
    ['EACCES', 'PERMISSION_DENIED'],
    ['EPERM', 'PERMISSION_DENIED'],
    ['EROFS', 'READ_ONLY'],
    ['ENOSPC', 'NO_SPACE'],
    ['EDQUOT', 'QUOTA_EXCEEDED'],
    ['EFBIG', 'QUOTA_EXCEEDED'],
    ['EIO', 'IO'],
    ['EBUSY', 'BUSY'],
    ['EMFILE', 'TOO_MANY_OPEN'],
    ['ENFILE', 'TOO_MANY_OPEN'],
    ['ENAMETOOLONG', 'INVALID_PATH'],
    ['EILSEQ', 'INVALID_PATH'],
    ['ETIMEDOUT', 'TIMEOUT'],
    ['ESTALE', 'UNAVAILABLE'],
    ['ENOSYS', 'UNSUPPORTED'],
    ['ESOMETHING', 'UNKNOWN'],
  ])('%s becomes %s, and does not tell where on the host the vault lies', (errno, code) => {
    const error = Object.assign(new Error(`${errno}: open '/secret/place/a.txt'`), {
      ...{ code: errno, syscall: 'open', path: '/secret/place/a.txt' },
    });
    const explained = explainErrno(error, 'a.txt');
    expect(explained).toMatchObject({ code, path: 'a.txt' });
    expect((explained as Error).message).toContain('"a.txt"');
    const { inspect } = process.getBuiltinModule('node:util');
    expect(inspect(explained, { depth: 9 })).not.toContain('/secret');
  });

  test('what is no error of the system stays what it is', () => {
    for (const other of [
      new Error('mine'),
      'text',
      undefined,
      Object.assign(new Error('coded'), { code: 'ENOENT' }),
    ]) {
      expect(explainErrno(other, 'a.txt')).toBe(other);
    }
  });
});

describe('file: URIs', () => {
  const open = (path: string, baseDirectory: string, options = {}): LocalFileBackend =>
    localPlugin.create({ uri: { scheme: 'file', path }, options, baseDirectory }) as LocalFileBackend;

  test('an absolute path is itself, a relative one starts at the base directory, and so does a state directory', async () => {
    const base = temporaryFolder();
    await open(join(base, 'absolute'), '/').create('a');
    await open('relative/vault', base).create('b');
    await open('other', base, { stateDirectory: 'state', durability: 'none', io: 'async' }).create('c');
    expect(everything(base)).toEqual([
      ...['absolute', 'absolute/.f9', 'absolute/a', 'other', 'other/c'],
      ...['relative', 'relative/vault', 'relative/vault/.f9', 'relative/vault/b', 'state'],
    ]);
  });

  test('every option of a folder is a parameter that says what it takes', async () => {
    expect(localPlugin.schemes).toEqual(['file']);
    const { parameters } = localPlugin;
    const valid: Record<string, [text: string, value: unknown]> = {
      io: ['async', 'async'],
      durability: ['none', 'none'],
      create_root: ['false', false],
      state_directory: ['.git/f9', '.git/f9'],
    };
    expect(Object.keys(parameters).sort()).toEqual(Object.keys(valid).sort());
    for (const [name, [text, value]] of Object.entries(valid)) {
      const { schema, description } = parameters[name as keyof typeof parameters];
      expect(description).not.toBe('');
      expect(await schema['~standard'].validate(text), name).toEqual({ value });
    }
    for (const name of ['io', 'durability', 'create_root'] as const) {
      expect(await parameters[name].schema['~standard'].validate('nonsense'), name).toHaveProperty('issues');
    }
  });
});
