import { DriverBackend, layer } from '@f9/core/driver';
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
    /** What is left once others changed all files but the first, when that is written. */
    async function interrupted(
      ...changes: readonly Readonly<Record<string, unknown>>[]
    ): Promise<{ readonly content: string; readonly files: Record<string, string> }> {
      const vault = await vaultWith({ 'a.md': 'one', 'b.md': 'two' });
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
      const { content } = await toolsOf(rival).call('apply_changes', { changes: [first, ...changes] });
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
