import { mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DriverBackend, layer } from '@f9/core/driver';
import { LocalFileBackend } from '@f9/local';
import { describe, expect, test } from 'vitest';
import { toolsOf, vaultWith } from './tools.ts';

const PNG = Uint8Array.from([0x89, 0x50, 0x4e, 0x47, 0, 1, 2, 3]);

describe('read_text_file', () => {
  test('gives text, etag, and where to go on', async () => {
    const vault = await vaultWith({ 'a.md': 'one\ntwo\nthree\n' });
    const tools = toolsOf(vault);
    const { etag } = await vault.info('a.md');
    expect(await tools.call('read_text_file', { path: '/a.md' })).toEqual({
      content: 'one\ntwo\nthree\n',
      data: { etag, startLine: 1, endLine: 3, totalLines: 3, truncated: false },
      remark: `etag: ${etag}`,
    });
    expect(await tools.call('read_text_file', { path: 'a.md', head: 1 })).toMatchObject({
      content: 'one\n',
      data: { nextOffset: 1, truncated: true },
    });
    expect(await tools.text('read_text_file', { path: '/a.md', tail: 1 })).toBe('three\n');
    expect(await tools.text('read_text_file', { path: '/a.md', offset: 1, limit: 1 })).toBe('two\n');
    expect(await tools.code('read_text_file', { path: '/a.md', head: 1, tail: 1 })).toBe('INVALID_ARGUMENT');
  });

  test('a file of 30 MB comes in parts that are bounded', async () => {
    const vault = await vaultWith({ 'big.txt': `${'x'.repeat(99)}\n`.repeat(300_000) });
    const { content, data } = await toolsOf(vault).call('read_text_file', { path: 'big.txt' });
    expect(Buffer.byteLength(content)).toBeLessThanOrEqual(100_000);
    expect(data).toMatchObject({ truncated: true, nextOffset: 1000 });
  });

  test('what was cut says so, and how to go on', async () => {
    const vault = await vaultWith({ 'a.md': `# A\n${'x'.repeat(200)}\nlast\n` });
    const { etag } = await vault.info('a.md');
    const tools = toolsOf(vault, { maxBytes: 100 });
    const remarks = [
      [{}, 'lines 1 to 1, there are more; go on with offset 1'],
      [
        { offset: 1 },
        'line 2 is longer and was cut; go on in it with offset 1 and lineOffset 100, behind it with offset 2',
      ],
      [{ offset: 1, lineOffset: 150, limit: 1 }, 'lines 2 to 2, there are more; go on with offset 2'],
      [{ tail: 2 }, 'the last 1 lines, no more of them fit'],
    ] as const;
    for (const [input, cut] of remarks) {
      const { remark } = await tools.call('read_text_file', { path: 'a.md', ...input });
      expect(remark).toBe(`${cut}; etag: ${etag}`);
    }
    const { remark } = await tools.call('read_note', { path: 'a.md' });
    expect(remark).toBe(`it was cut; read_text_file reads on by lines; etag: ${etag}`);
  });

  test('a line of 30 MB without an end is read to its end by what each remark says', async () => {
    const text = 'ab😀'.repeat(5_000_000);
    const tools = toolsOf(await vaultWith({ 'a.json': text }), { maxBytes: 8_000_000 });
    const read: string[] = [];
    for (let input: object | undefined = {}; input !== undefined; ) {
      const { content, remark } = await tools.call('read_text_file', { path: 'a.json', ...input });
      read.push(content);
      const [, offset, lineOffset] = /in it with offset (\d+) and lineOffset (\d+)/.exec(remark!) ?? [];
      input = offset === undefined ? undefined : { offset: Number(offset), lineOffset: Number(lineOffset) };
    }
    expect(read).toHaveLength(4);
    expect(read.join('') === text).toBe(true);
    const { content, remark } = await toolsOf(await vaultWith({ 'a.json': 'x'.repeat(200) }), {
      maxBytes: 100,
    }).call('read_text_file', { path: 'a.json', tail: 1 });
    expect([content, remark]).toEqual(['', expect.stringContaining('read it with offset and lineOffset')]);
  });

  test.each([
    ['binary', PNG],
    ['Latin-1', Uint8Array.from([0x61, 0xe9])],
    ['UTF-16', Uint8Array.from([0xff, 0xfe, 0x61, 0])],
  ])('%s is INVALID_TEXT and says what to use', async (_, data) => {
    const answer = await toolsOf(await vaultWith({ x: data })).call('read_text_file', { path: 'x' });
    expect(answer.error?.code).toBe('INVALID_TEXT');
    expect(answer.content).toContain('read_media_file');
  });
});

test('read_media_file gives base64 with a type, within bounds', async () => {
  const tools = toolsOf(await vaultWith({ 'a.png': PNG, 'big.bin': new Uint8Array(4000) }), {
    maxMediaBytes: 400,
  });
  expect((await tools.call('read_media_file', { path: 'a.png' })).media).toEqual({
    type: 'image',
    path: 'a.png',
    mimeType: 'image/png',
    base64: Buffer.from(PNG).toString('base64'),
  });
  expect(await tools.code('read_media_file', { path: 'big.bin' })).toBe('INVALID_ARGUMENT');
});

test('read_multiple_files: one that cannot be read hides no other, and all of them stay within bounds', async () => {
  const vault = await vaultWith({ a: 'A'.repeat(5000), b: PNG, c: 'C' });
  const { content, data, remark } = await toolsOf(vault, { maxBytes: 4000 }).call('read_multiple_files', {
    paths: ['a', 'b', 'none', 'c'],
  });
  const [a, c] = [(await vault.info('a')).etag, (await vault.info('c')).etag];
  expect(data).toEqual({ etags: [a, null, null, c] });
  expect(remark).toBe(`etags: ${a}, none, none, ${c}`);
  expect(content).toContain('/b: INVALID_TEXT');
  expect(content).toContain('/none: NOT_FOUND');
  expect(content).toContain('/c:\nC');
  expect(Buffer.byteLength(content)).toBeLessThanOrEqual(4000);
});

describe('what is there', () => {
  const files = { 'a.md': 'x', 'd/b.md': 'xx', 'd/e/c.txt': 'xxx', '.hidden': 'h' };

  test('directory_tree does not walk what is excluded or hidden', async () => {
    const root = mkdtempSync(join(tmpdir(), 'f9-agents-'));
    for (const path of ['a/b', 'a/node_modules/c', 'node_modules/d', '.git/objects'])
      mkdirSync(join(root, path), { recursive: true });
    const { driver } = new LocalFileBackend({ root });
    const listed: string[] = [];
    const noting = layer(driver, {
      list: (path, options) => {
        listed.push(options.recursive ? `${path}/**` : path);
        return driver.list(path, options);
      },
    });
    const tools = toolsOf(new DriverBackend(noting));
    expect(await tools.text('directory_tree', { path: '/', excludePatterns: ['node_modules'] })).toBe(
      'a/\n  b/',
    );
    expect(listed).toEqual(['', 'a', 'a/b']);
  });

  test('list_directory, with sizes, and as a tree', async () => {
    const tools = toolsOf(await vaultWith(files));
    expect(await tools.text('list_directory', { path: '/' })).toBe('[FILE] .hidden\n[FILE] a.md\n[DIR] d');
    expect(await tools.text('list_directory', { path: '/d/' })).toBe('[FILE] b.md\n[DIR] e');
    expect(await tools.text('list_directory_with_sizes', { path: 'd' })).toBe(
      '[FILE] b.md 2\n[DIR] e\n\nTotal: 1 files, 1 directories, 2 bytes',
    );
    expect(await tools.text('directory_tree', { path: '/' })).toBe(
      '.hidden\na.md\nd/\n  b.md\n  e/\n    c.txt',
    );
    expect(await tools.text('directory_tree', { path: '/', maxDepth: 1 })).toBe('.hidden\na.md\nd/');
    expect(await tools.text('directory_tree', { path: '/d', excludePatterns: ['e'] })).toBe('b.md');
    expect(await tools.code('list_directory', { path: '/a.md' })).toBe('NOT_DIRECTORY');
    expect(await tools.code('directory_tree', { path: '/none' })).toBe('NOT_FOUND');
  });

  test('directory_tree walks no deeper than it is asked to', async () => {
    const vault = await vaultWith({ 'a/b/c/d.md': '', 'e.md': '' });
    const depths: unknown[] = [];
    const watched = new DriverBackend(
      layer(vault.driver, {
        list: (path, options) => {
          depths.push([path, options.recursive ? options.maxDepth : 1]);
          return vault.driver.list(path, options);
        },
      }),
    );
    const tools = toolsOf(watched);
    expect(await tools.text('directory_tree', { path: '/', maxDepth: 2 })).toBe('a/\n  b/\ne.md');
    expect(await tools.text('directory_tree', { path: '/a', maxDepth: 1 })).toBe('b/');
    expect(depths).toEqual([
      ['', 2],
      ['a', 1],
    ]);
    expect(await tools.text('directory_tree', { path: '/', maxDepth: 1000 })).toContain('      d.md');
  });

  test('long lists come in pages', async () => {
    const many = Object.fromEntries(
      Array.from({ length: 30 }, (_, i) => [`f${String(i).padStart(2, '0')}`, '']),
    );
    const tools = toolsOf(await vaultWith(many));
    const first = await tools.call('list_directory', { path: '/', limit: 10 });
    expect(first.content.split('\n')).toHaveLength(11);
    expect(first.data).toEqual({ truncated: true, nextOffset: 10 });
    const last = await tools.call('list_directory', { path: '/', offset: 20 });
    expect(last).toMatchObject({ data: { truncated: false } });
    expect(last.content.split('\n')).toHaveLength(10);
  });

  test('search_files takes patterns below a directory, whose name is taken literally', async () => {
    const tools = toolsOf(await vaultWith({ ...files, '[x]/a.md': '', 'x/a.md': '' }));
    expect(await tools.text('search_files', { path: '/', pattern: '**/*.md' })).toBe(
      '/[x]/a.md\n/a.md\n/d/b.md\n/x/a.md',
    );
    expect(await tools.text('search_files', { path: '/[x]', pattern: '*.md' })).toBe('/[x]/a.md');
    expect(await tools.text('search_files', { path: '/d', pattern: '*.png' })).toBe('No matches found');
  });

  test('grep_files gives lines with context, and says what it left out', async () => {
    const tools = toolsOf(await vaultWith({ a: 'one\ntwo $&\nthree', b: PNG }));
    expect(await tools.text('grep_files', { pattern: '$&', context: 1 })).toBe(
      '/a-1- one\n/a:2: two $&\n/a-3- three\nNot searched: 1 binary, 0 too large, 0 unreadable',
    );
    const bounded = await tools.call('grep_files', { pattern: 'e', maxMatches: 1 });
    expect(bounded.content).toContain('more than 1 matches');
  });

  test('grep_files shows what matches also at the end of a line that is too long to be shown', async () => {
    const tools = toolsOf(await vaultWith({ a: `${'😀'.repeat(1000)}needle${'y'.repeat(1000)}` }));
    const text = await tools.text('grep_files', { pattern: 'needle' });
    expect(text).toMatch(/^\/a:1: ….*😀needley+$/u);
    expect(Buffer.byteLength(text)).toBeLessThan(520);
    expect(await tools.text('grep_files', { pattern: '😀' })).toMatch(/^\/a:1: 😀+$/u);
  });

  test('names with control characters stay one line', async () => {
    const tools = toolsOf(await vaultWith({ 'a\u001b[2Jb': '', 'c\u202ed': '' }));
    expect(await tools.text('list_directory', { path: '/' })).toBe('[FILE] a\\u001b[2Jb\n[FILE] c\\u202ed');
  });

  test('get_file_info', async () => {
    const answer = await toolsOf(await vaultWith(files)).call('get_file_info', { path: '/a.md' });
    expect(answer.content).toMatch(/^path: \/a\.md\n/);
    expect(answer.content).toContain('size: 1');
    expect(answer.data).toEqual({ etag: expect.any(String) });
  });
});
