import fs from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { GitSyncFileBackend } from '../src/index.ts';
import { filesAt, git } from './repository.ts';
import { Vaults } from './vaults.ts';
import { WrappedGit } from './wrapped-git.ts';

/** A vault of files that were there before anybody said anything of them. */
async function withAttributes({
  '.gitattributes': attributes,
  ...files
}: Readonly<Record<string, string>>): Promise<readonly [Vaults, GitSyncFileBackend]> {
  const vaults = new Vaults();
  const [ours] = await vaults.two(files);
  if (attributes !== undefined) {
    await ours.create('.gitattributes', { data: attributes });
    await ours.push();
  }
  return [vaults, ours];
}

/** What plain git shows as changed in a clone that nobody touched. */
function changedInPlainClone(vaults: Vaults): string {
  const folder = join(vaults.folder, 'plain');
  git(vaults.folder, 'clone', '--quiet', vaults.remote, folder);
  // So that git compares contents, not dates.
  for (const name of fs.readdirSync(folder)) if (name !== '.git') fs.utimesSync(join(folder, name), 1, 1);
  return git(folder, 'status', '--porcelain');
}

describe('text and eol', () => {
  test('have the history hold LF, so that no plain clone shows a change; the vault then reads what the history holds', async () => {
    const [vaults, ours] = await withAttributes({ '.gitattributes': '*.md text\n*.txt eol=crlf\n' });
    await ours.create('a.md', { data: 'a\r\nb\r\n' });
    await ours.create('b.txt', { data: 'a\r\nb\n' });
    fs.writeFileSync(join(vaults.at('ours'), 'by hand.md'), 'c\r\n');
    await ours.push();
    expect(filesAt(vaults.remote)).toMatchObject({
      'a.md': 'a\nb\n',
      'b.txt': 'a\nb\n',
      'by hand.md': 'c\n',
    });
    expect(await ours.read('a.md', { binary: false })).toBe('a\nb\n');
    expect(changedInPlainClone(vaults)).toBe('');
    expect(git(vaults.at('ours'), 'status', '--porcelain')).toBe('');
  });

  test('change no byte of what is no text, of what is only guessed to be text, and of what nobody wrote', async () => {
    const [vaults, ours] = await withAttributes({
      old: 'a\r\n',
      '.gitattributes': 'old text\nbinary text\n*.md text=auto\nx -text eol=crlf\n',
    });
    const files = { binary: 'a\r\n\0', 'a.md': 'a\r\n', x: 'a\r\n' };
    for (const [path, data] of Object.entries(files)) await ours.create(path, { data });
    await ours.push();
    expect(filesAt(vaults.remote)).toMatchObject({ old: 'a\r\n', ...files });
  });

  test('of a folder further down count there', async () => {
    const [vaults, ours] = await withAttributes({
      'd/.gitattributes': '* text\n',
      'd/e/.gitattributes': '*.bin -text\n',
    });
    for (const path of ['a', 'd/e/a', 'd/e/a.bin']) await ours.create(path, { data: '\r\n' });
    await ours.push();
    expect(filesAt(vaults.remote)).toMatchObject({ a: '\r\n', 'd/e/a': '\n', 'd/e/a.bin': '\r\n' });
  });
});

describe.each(['filter=lfs', 'working-tree-encoding=UTF-16'])('%s', (attribute) => {
  const POINTER = 'version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 3\n';

  test('refuses every write that would put the file in the place of what the repository keeps', async () => {
    const [vaults, ours] = await withAttributes({
      'x.bin': POINTER,
      b: 'b',
      '.gitattributes': `*.bin ${attribute}\n`,
    });
    const attempts = [
      () => ours.create('new.bin', { data: 'x' }),
      () => ours.update('x.bin', { data: 'x' }),
      () => ours.update('x.bin', { data: 'x', append: true }),
      () => ours.streamWrite('d/new.bin', { chunkSource: ['x'] }),
      () => ours.copy('b', 'new.bin'),
      () => ours.move('b', 'new.bin'),
    ];
    for (const attempt of attempts) {
      await expect(attempt()).rejects.toMatchObject({
        code: 'UNSUPPORTED',
        message: expect.stringContaining(attribute),
      });
    }
    expect(await ours.read('x.bin', { binary: false })).toBe(POINTER);
    fs.writeFileSync(join(vaults.at('ours'), 'x.bin'), 'by hand');
    await ours.create('c', { data: 'c' });
    await expect(ours.push()).rejects.toMatchObject({ code: 'UNSUPPORTED', path: 'x.bin' });
    expect(filesAt(vaults.remote)).toMatchObject({ 'x.bin': POINTER, c: 'c' });
    await ours.delete('x.bin');
    await ours.push();
    expect(Object.keys(filesAt(vaults.remote))).toEqual(['.gitattributes', 'b', 'c']);
  });
});

test('ident puts nothing into a file, and UTF-8 is no other form', async () => {
  const [vaults, ours] = await withAttributes({ '.gitattributes': '* ident working-tree-encoding=UTF-8\n' });
  await ours.create('a', { data: '$Id$ $Id: x$\n' });
  await ours.push();
  expect(filesAt(vaults.remote).a).toBe('$Id$ $Id: x$\n');
});

test('where no attributes are, nobody is asked for them', async () => {
  const wrapped = new WrappedGit();
  const [, ours] = await withAttributes({ a: 'a' });
  const calls = await wrapped.callsOf(async () => {
    await ours.update('a', { data: 'b\r\n' });
    await ours.push();
  });
  expect(calls).not.toContain('check-attr');
});
