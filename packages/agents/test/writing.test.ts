import { execFileSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DriverBackend, layer } from '@f9/core/driver';
import { GitSyncFileBackend } from '@f9/git';
import { describe, expect, test } from 'vitest';
import { toolsOf, vaultWith } from './tools.ts';

const text = (vault: { read(path: string, options: { binary: false }): Promise<string> }, path: string) =>
  vault.read(path, { binary: false });

test('write_file makes and replaces; with ifMatch only what was seen', async () => {
  const vault = await vaultWith({});
  const tools = toolsOf(vault);
  const first = await tools.call('write_file', { path: '/d/a.md', content: 'ä' });
  expect(first).toMatchObject({
    content: 'Wrote 2 bytes to /d/a.md',
    data: { path: '/d/a.md', etag: expect.any(String) },
  });
  await tools.text('write_file', { path: '/d/a.md', content: 'b' });
  expect(await tools.code('write_file', { path: '/d/a.md', content: 'c', ifMatch: first.data!.etag })).toBe(
    'PRECONDITION_FAILED',
  );
  expect(await text(vault, 'd/a.md')).toBe('b');
  expect(await tools.code('write_file', { path: '/d/x/', content: 'c' })).toBe('INVALID_PATH');
});

test('append_file with ifMatch adds to what was seen alone', async () => {
  const vault = await vaultWith({ 'a.md': 'a' });
  const tools = toolsOf(vault);
  const { etag } = await vault.info('a.md');
  await tools.text('append_file', { path: '/a.md', content: 'b', ifMatch: etag });
  expect(await tools.code('append_file', { path: '/a.md', content: 'c', ifMatch: etag })).toBe(
    'PRECONDITION_FAILED',
  );
  expect(await text(vault, 'a.md')).toBe('ab');
  // No file that was seen can be one that is to be made.
  expect(await tools.code('append_file', { path: '/none.md', content: 'c', ifMatch: etag })).toBe(
    'NOT_FOUND',
  );
});

test.each([
  ['move_file', { 'b.md': 'a' }],
  ['copy_file', { 'a.md': 'a', 'b.md': 'a' }],
])('%s replaces a destination only in the version that ifMatch names', async (tool, after) => {
  const vault = await vaultWith({ 'a.md': 'a', 'b.md': 'b' });
  const tools = toolsOf(vault);
  const input = { source: '/a.md', destination: '/b.md' };
  const { etag: stale } = await vault.info('b.md');
  const { etag } = await vault.update('b.md', { data: 'newer' });
  expect(await tools.code(tool, input)).toBe('ALREADY_EXISTS');
  expect(await tools.code(tool, { ...input, ifMatch: stale })).toBe('PRECONDITION_FAILED');
  expect([await text(vault, 'a.md'), await text(vault, 'b.md')]).toEqual(['a', 'newer']);
  const { data } = await tools.call(tool, { ...input, ifMatch: etag });
  expect(data).toEqual({ path: '/b.md', etag: (await vault.info('b.md')).etag });
  const left = await Promise.all(
    (await vault.glob('**')).map(async (path) => [path, await text(vault, path)]),
  );
  expect(Object.fromEntries(left)).toEqual(after);
});

test('to replace a destination needs the consent that replacing a file does', async () => {
  const vault = await vaultWith({ 'a.md': 'a', 'b.md': 'b' });
  const { etag } = await vault.info('b.md');
  const asked: unknown[] = [];
  await toolsOf(vault).call(
    'move_file',
    { source: '/a.md', destination: '/b.md', ifMatch: etag },
    { consent: async (...question) => void asked.push(question) },
  );
  expect(asked).toEqual([[['write', 'overwrite'], 'Move /a.md over /b.md?']]);
});

describe('edit_file', () => {
  test('makes all edits or none, and answers with a diff', async () => {
    const vault = await vaultWith({ 'a.md': 'one\r\ntwo\r\n' });
    const tools = toolsOf(vault);
    const diff = await tools.text('edit_file', {
      path: 'a.md',
      edits: [{ oldText: 'one', newText: 'eins' }],
    });
    expect(diff).toContain('-one\r\n+eins\r\n');
    const edits = [
      { oldText: 'eins', newText: 'x' },
      { oldText: 'none', newText: 'y' },
    ];
    expect(await tools.code('edit_file', { path: 'a.md', edits })).toBe('NO_MATCH');
    expect(await text(vault, 'a.md')).toBe('eins\r\ntwo\r\n');
  });

  test('a dry run writes nothing; a second match and an empty search are refused', async () => {
    const vault = await vaultWith({ 'a.md': 'a a' });
    const tools = toolsOf(vault);
    await tools.text('edit_file', {
      path: 'a.md',
      edits: [{ oldText: 'a', newText: 'b', all: true }],
      dryRun: true,
    });
    expect(await tools.code('edit_file', { path: 'a.md', edits: [{ oldText: 'a', newText: 'b' }] })).toBe(
      'AMBIGUOUS',
    );
    expect(await tools.code('edit_file', { path: 'a.md', edits: [{ oldText: '', newText: 'b' }] })).toBe(
      'INVALID_ARGUMENT',
    );
    expect(await text(vault, 'a.md')).toBe('a a');
  });

  test('30 edits at once are all kept', async () => {
    const vault = await vaultWith({ 'a.md': 'start\n' });
    const tools = toolsOf(vault);
    const edit = (i: number) =>
      tools.text('edit_file', { path: 'a.md', edits: [{ oldText: 'start\n', newText: `start\n${i}\n` }] });
    await Promise.all(Array.from({ length: 30 }, (_, i) => edit(i)));
    expect((await text(vault, 'a.md')).split('\n')).toHaveLength(32);
  });
});

test('append_file, create_directory, move_file, copy_file, delete_file', async () => {
  const vault = await vaultWith({ 'a.md': 'a' });
  const tools = toolsOf(vault);
  await tools.text('append_file', { path: '/log', content: 'x' });
  await tools.text('append_file', { path: '/log', content: 'y' });
  await tools.text('create_directory', { path: '/new/dir' });
  await tools.text('create_directory', { path: '/new/dir/' });
  expect(await tools.code('create_directory', { path: '/a.md' })).toBe('ALREADY_EXISTS');
  await tools.text('copy_file', { source: '/a.md', destination: '/b.md' });
  await tools.text('move_file', { source: '/b.md', destination: '/c.md' });
  expect(await tools.code('move_file', { source: '/a.md', destination: '/c.md' })).toBe('ALREADY_EXISTS');
  await tools.text('delete_file', { path: '/a.md' });
  expect(await tools.code('delete_file', { path: '/new' })).toBe('DIRECTORY_NOT_EMPTY');
  await tools.text('delete_file', { path: '/new', recursive: true });
  expect(await text(vault, 'log')).toBe('xy');
  expect(await vault.glob('**')).toEqual(['c.md', 'log']);
});

describe('apply_changes', () => {
  test('in order, each on what those before made', async () => {
    const vault = await vaultWith({ 'a.md': 'one', 'b.md': 'b', 'c.md': 'c' });
    await toolsOf(vault).text('apply_changes', {
      changes: [
        { action: 'edit', path: '/a.md', edits: [{ oldText: 'one', newText: 'two' }] },
        { action: 'append', path: '/a.md', content: '!' },
        { action: 'move', path: '/b.md', to: '/d/b.md' },
        { action: 'delete', path: '/c.md' },
        { action: 'write', path: '/c.md', content: 'new' },
        { action: 'write', path: '/n.md', content: 'n' },
      ],
    });
    expect(await vault.glob('**')).toEqual(['a.md', 'c.md', 'd/b.md', 'n.md']);
    expect(await text(vault, 'a.md')).toBe('two!');
    expect(await text(vault, 'c.md')).toBe('new');
  });

  test('one that cannot be made: none is, and its number is told', async () => {
    const vault = await vaultWith({ 'a.md': 'one' });
    const changes = [
      { action: 'write', path: '/a.md', content: 'x' },
      { action: 'delete', path: '/none' },
    ];
    const answer = await toolsOf(vault).call('apply_changes', { changes });
    expect(answer).toMatchObject({
      error: { code: 'NOT_FOUND' },
      content: expect.stringContaining('Change 2 (delete)'),
    });
    expect(await text(vault, 'a.md')).toBe('one');
  });

  test.each([
    ['at once where it pushes by itself', { autoPush: true }],
    ['at the next sync_vault', {}],
  ])('in git they are exactly one commit, %s, and none where one cannot be made', async (_, options) => {
    const folder = mkdtempSync(join(tmpdir(), 'f9-agents-'));
    const remoteUrl = join(folder, 'notes.git');
    execFileSync('git', ['init', '--quiet', '--bare', '--initial-branch=main', remoteUrl]);
    const published = (...args: string[]): string[] =>
      execFileSync('git', ['-C', remoteUrl, ...args, 'main'], { encoding: 'utf8' })
        .trim()
        .split('\n');
    await using vault = new GitSyncFileBackend({ remoteUrl, path: join(folder, 'clone'), ...options });
    const tools = toolsOf(vault);
    const apply = async (changes: readonly object[]): Promise<string | undefined> => {
      const code = await tools.code('apply_changes', { changes });
      await tools.text('sync_vault');
      return code;
    };
    await apply(['a.md', 'b.md', 'c.md'].map((path) => ({ action: 'write', path, content: path })));
    expect(published('rev-list')).toHaveLength(1);
    const changes = [
      { action: 'edit', path: '/a.md', edits: [{ oldText: 'a', newText: 'x' }] },
      { action: 'append', path: '/a.md', content: '!' },
      { action: 'move', path: '/b.md', to: '/d/b.md' },
      { action: 'delete', path: '/c.md' },
      { action: 'write', path: '/n.md', content: 'n' },
    ];
    expect(await apply([...changes, { action: 'delete', path: '/none' }])).toBe('NOT_FOUND');
    expect(published('rev-list')).toHaveLength(1);
    expect(await apply(changes)).toBeUndefined();
    expect(published('rev-list')).toHaveLength(2);
    expect(published('ls-tree', '-r', '--name-only')).toEqual(['a.md', 'd/b.md', 'n.md']);
  });

  test('what an action needs and was not given is told', async () => {
    const tools = toolsOf(await vaultWith({ 'a.md': 'one' }));
    for (const [action, needed] of [
      ['write', 'content'],
      ['append', 'content'],
      ['edit', 'edits'],
      ['move', 'to'],
    ]) {
      const { content, error } = await tools.call('apply_changes', { changes: [{ action, path: '/a.md' }] });
      expect([error?.code, content]).toEqual([
        'INVALID_ARGUMENT',
        expect.stringContaining(`changes[0].${needed}`),
      ]);
    }
  });

  test('a file that is not in the version that a change names: none is made; one that changes meanwhile is left', async () => {
    const vault = await vaultWith({ 'a.md': 'one', 'b.md': 'b' });
    const tools = toolsOf(vault);
    const { etag } = await vault.info('a.md');
    const edit = {
      action: 'edit',
      path: '/a.md',
      edits: [{ oldText: 'one', newText: 'two' }],
      ifMatch: etag,
    };
    const append = { action: 'append', path: '/a.md', content: '!' };
    const first = { action: 'write', path: '/b.md', content: 'x' };
    await tools.text('apply_changes', { changes: [edit, append] });
    expect(await text(vault, 'a.md')).toBe('two!');
    for (const change of [
      edit,
      { ...append, ifMatch: etag },
      { action: 'write', path: '/a.md', content: 'x', ifMatch: etag },
      { action: 'move', path: '/a.md', to: '/c.md', ifMatch: etag },
      { action: 'delete', path: '/a.md', ifMatch: etag },
      { action: 'write', path: '/none.md', content: 'x', ifMatch: etag },
    ]) {
      const { content } = await tools.call('apply_changes', { changes: [first, change] });
      expect(content).toMatch(/^PRECONDITION_FAILED: Change 2 .*nothing was changed/);
    }
    expect([await text(vault, 'a.md'), await text(vault, 'b.md')]).toEqual(['two!', 'b']);
  });

  test('several spellings of a path are one file', async () => {
    const vault = await vaultWith({ 'a.md': 'one' });
    const changes = [
      { action: 'edit', path: '/a.md', edits: [{ oldText: 'one', newText: 'two' }] },
      { action: 'append', path: './a.md', content: '!' },
    ];
    await toolsOf(vault).text('apply_changes', { changes });
    expect(await text(vault, 'a.md')).toBe('two!');
  });

  test('what was made before one that the vault refuses is told', async () => {
    const vault = await vaultWith({ 'a.md': 'one' });
    const changes = [
      { action: 'write', path: '/a.md', content: 'two' },
      { action: 'write', path: '/.obsidian/app.json', content: '{}' },
    ];
    const { content, error } = await toolsOf(vault).call('apply_changes', { changes });
    expect(error?.code).toBe('PERMISSION_DENIED');
    expect(content).toContain('changed before: /a.md');
  });

  test('nothing is read that is only written or deleted', async () => {
    const vault = await vaultWith({ 'a.md': 'one', 'b.md': 'two' });
    const read: string[] = [];
    const watched = new DriverBackend(
      layer(vault.driver, {
        readFile: (path, options) => {
          read.push(path);
          return vault.driver.readFile!(path, options);
        },
      }),
    );
    const changes = [
      { action: 'write', path: '/a.md', content: 'x' },
      { action: 'delete', path: '/b.md' },
    ];
    await toolsOf(watched).text('apply_changes', { changes });
    expect(read).toEqual([]);
    expect(await vault.glob('**')).toEqual(['a.md']);
  });

  describe('what others change while it is carried out', () => {
    type Change = Readonly<Record<string, unknown>>;

    /** What is left once others changed all files but the first, when that is written. */
    async function interrupted(
      ...changes: readonly (Change | ((etag: string) => Change))[]
    ): Promise<{ readonly content: string; readonly files: Record<string, string> }> {
      const vault = await vaultWith({ 'a.md': 'one', 'b.md': 'two' });
      const { etag } = await vault.info('a.md');
      const rival = new DriverBackend(
        layer(vault.driver, {
          write: async (path, source, options) => {
            const info = await vault.driver.write(path, source, options);
            if (path !== 'first.md') return info;
            for (const [other, data] of Object.entries({ 'a.md': 'one, theirs', 'new.md': 'theirs' }))
              await vault.create(other, { data, overwrite: true });
            return info;
          },
          writeMany: undefined,
        }),
      );
      const first = { action: 'write', path: 'first.md', content: '' };
      const { content } = await toolsOf(rival).call('apply_changes', {
        changes: [first, ...changes.map((change) => (typeof change === 'function' ? change(etag!) : change))],
      });
      const files: Record<string, string> = {};
      for (const path of await vault.glob('[!f]*')) files[path] = await text(vault, path);
      return { content, files };
    }

    test('is edited and appended to as well, also a file that they made', async () => {
      const { files } = await interrupted(
        { action: 'edit', path: 'a.md', edits: [{ oldText: 'one', newText: 'uno' }] },
        { action: 'append', path: 'a.md', content: '!' },
        { action: 'append', path: 'new.md', content: ' and ours' },
      );
      expect(files).toEqual({ 'a.md': 'uno, theirs!', 'b.md': 'two', 'new.md': 'theirs and ours' });
    });

    test('is replaced and deleted where that was asked for', async () => {
      const { files } = await interrupted(
        { action: 'delete', path: 'a.md' },
        { action: 'write', path: 'new.md', content: 'ours' },
      );
      expect(files).toEqual({ 'b.md': 'two', 'new.md': 'ours' });
    });

    test('is left as it is where a change names the version that it was seen in', async () => {
      for (const change of [
        { action: 'edit', edits: [{ oldText: 'one', newText: 'uno' }] },
        { action: 'append', content: '!' },
        { action: 'write', content: 'ours' },
        { action: 'delete' },
      ]) {
        const { content, files } = await interrupted((etag) => ({ ...change, path: 'a.md', ifMatch: etag }));
        expect(content).toMatch(/^PRECONDITION_FAILED: .*changed before: \/first.md/);
        expect(files['a.md']).toBe('one, theirs');
      }
    });

    test('is not moved in an older version, nor moved over', async () => {
      const moved = await interrupted({ action: 'move', path: 'a.md', to: 'c.md' });
      expect(moved.content).toMatch(/^PRECONDITION_FAILED: .*changed before: \/first.md, \/c.md/);
      expect(moved.files['a.md']).toBe('one, theirs');
      const over = await interrupted({ action: 'move', path: 'b.md', to: 'new.md' });
      expect(over.content).toMatch(/^ALREADY_EXISTS/);
      expect(over.files).toEqual({ 'a.md': 'one, theirs', 'b.md': 'two', 'new.md': 'theirs' });
    });
  });

  test('51 are refused', async () => {
    const changes = Array.from({ length: 51 }, (_, i) => ({ action: 'write', path: `f${i}`, content: '' }));
    expect(await toolsOf(await vaultWith({})).code('apply_changes', { changes })).toBe('INVALID_ARGUMENT');
  });
});

describe('notes', () => {
  const NOTE = '---\ntags: [a]\n---\n# Garden\n\nSee [[House]].\n\n## Water\n\ndaily\n\n# House\n';

  test('read_note: full, map, section, frontmatter', async () => {
    const tools = toolsOf(await vaultWith({ 'n.md': NOTE }));
    expect(await tools.text('read_note', { path: 'n.md' })).toBe(NOTE);
    expect(await tools.text('read_note', { path: 'n.md', view: 'map' })).toBe(
      '# Garden (line 4)\n## Water (line 8)\n# House (line 12)',
    );
    expect(await tools.text('read_note', { path: 'n.md', section: 'Water' })).toBe('## Water\n\ndaily\n\n');
    expect(JSON.parse(await tools.text('read_note', { path: 'n.md', view: 'frontmatter' }))).toEqual({
      tags: ['a'],
    });
    expect(await tools.code('read_note', { path: 'n.md', section: 'Fire' })).toBe('NO_MATCH');
    expect(await tools.text('note_links', { path: 'n.md' })).toBe('6: wiki House');
  });

  test('patch_note changes a section or keys, and nothing else', async () => {
    const vault = await vaultWith({ 'n.md': NOTE });
    const tools = toolsOf(vault);
    await tools.text('patch_note', { path: 'n.md', section: ['Garden', 'Water'], content: 'and weekly' });
    await tools.text('patch_note', { path: 'n.md', frontmatter: { tags: null, status: 'wet' } });
    expect(await text(vault, 'n.md')).toBe(
      NOTE.replace('daily\n', 'daily\nand weekly\n').replace('tags: [a]', 'status: wet'),
    );
    expect(await tools.code('patch_note', { path: 'n.md', section: 'Water' })).toBe('INVALID_ARGUMENT');
    expect(await tools.code('patch_note', { path: 'n.md', section: 'Fire', content: 'x' })).toBe('NO_MATCH');
  });
});
