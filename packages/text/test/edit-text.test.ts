import { MemoryFileBackend } from '@f9/core';
import { describe, expect, test } from 'vitest';
import { editText, patchFrontmatter, patchSection } from '../src/index.ts';

async function vaultOf(data: string | Uint8Array): Promise<MemoryFileBackend> {
  const vault = new MemoryFileBackend();
  await vault.create('a.md', { data });
  return vault;
}

test('gives the new info and a unified diff', async () => {
  const vault = await vaultOf('one\ntwo\nthree\n');
  const { info, diff } = await editText(vault, 'a.md', [{ search: 'two', replace: 'zwei' }]);
  expect(info.etag).toBe((await vault.info('a.md')).etag);
  expect(diff).toBe('--- a/a.md\n+++ b/a.md\n@@ -1,3 +1,3 @@\n one\n-two\n+zwei\n three\n');
});

test('a dry run, and an edit that changes nothing, write nothing', async () => {
  const vault = await vaultOf('one\n');
  const before = (await vault.info('a.md')).etag;
  const { diff } = await editText(vault, 'a.md', [{ search: 'one', replace: 'two' }], { dryRun: true });
  expect(diff).toContain('+two');
  expect(await editText(vault, 'a.md', [{ search: 'one', replace: 'one' }])).toMatchObject({
    diff: '',
    info: { etag: before },
  });
  expect((await vault.info('a.md')).etag).toBe(before);
});

test('ifMatch holds', async () => {
  const vault = await vaultOf('one\n');
  const { etag } = await vault.info('a.md');
  await vault.update('a.md', { data: 'one, changed\n' });
  const edit = editText(vault, 'a.md', [{ search: 'one', replace: 'x' }], { ifMatch: etag! });
  await expect(edit).rejects.toMatchObject({ code: 'PRECONDITION_FAILED' });
});

test('30 edits at once are all kept', async () => {
  const vault = await vaultOf('top\n');
  await Promise.all(
    Array.from({ length: 30 }, (_, i) =>
      editText(vault, 'a.md', [{ search: 'top\n', replace: `top\n${i}\n` }]),
    ),
  );
  expect((await vault.read('a.md', { binary: false })).split('\n')).toHaveLength(32);
});

describe('what is no text is INVALID_TEXT, and stays', () => {
  test.each([
    ['Latin-1', Uint8Array.of(0x61, 0xe9)],
    ['UTF-16', Uint8Array.of(0xff, 0xfe, 0x61, 0)],
    ['binary', Uint8Array.of(0x61, 0, 0x61)],
  ])('%s', async (_, bytes) => {
    const vault = await vaultOf(bytes);
    await expect(editText(vault, 'a.md', [{ search: 'a', replace: 'b' }])).rejects.toMatchObject({
      code: 'INVALID_TEXT',
    });
    expect(await vault.read('a.md')).toEqual(bytes);
  });
});

test('sections and frontmatter are patched in the vault, or nothing is', async () => {
  const vault = await vaultOf('---\na: 1\n---\n# H\n');
  await patchSection(vault, 'a.md', 'H', { operation: 'append', content: 'text' });
  await patchFrontmatter(vault, 'a.md', { a: 2 });
  await expect(patchSection(vault, 'a.md', 'I', { operation: 'append', content: 'x' })).rejects.toMatchObject(
    { code: 'NO_MATCH' },
  );
  expect(await vault.read('a.md', { binary: false })).toBe('---\na: 2\n---\n# H\ntext\n');
});
