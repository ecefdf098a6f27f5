import { MemoryFileBackend } from '@f9/core';
import { mount } from '@f9/registry';
import { describe, expect, test } from 'vitest';
import { aiSdkTools } from '../src/ai-sdk/index.ts';
import { memoryHandlers } from '../src/anthropic/index.ts';
import { guardVault, vaultTools } from '../src/index.ts';
import { inConflict } from './in-conflict.ts';
import { toolsOf, vaultWith } from './tools.ts';

test('readOnly leaves the tools that read', () => {
  const { names } = toolsOf(new MemoryFileBackend(), { readOnly: true });
  expect(names).toContain('read_text_file');
  for (const name of names)
    expect(name).not.toMatch(/write|edit|append|create|move|copy|delete|patch|apply|restore|resolve/);
});

test('tools chooses by name; an unknown one is refused', () => {
  expect(toolsOf(new MemoryFileBackend(), { tools: ['read_note'] }).names).toEqual(['read_note']);
  expect(() => vaultTools(new MemoryFileBackend(), { tools: ['reed'] })).toThrow(
    expect.objectContaining({ code: 'INVALID_ARGUMENT' }),
  );
});

test.each([
  ['a mistyped name', { readonly: true }],
  ['a guard that is undefined', { readOnly: undefined }],
  ['an allowance that is undefined', { allow: undefined }],
  ['patterns that are no list', { deny: 'secret/**' }],
  ['tools that are no list', { tools: 'read_note' }],
])('%s is refused: it would guard nothing', (_, options) => {
  const refused = expect.objectContaining({ code: 'INVALID_ARGUMENT' });
  const vault = new MemoryFileBackend();
  expect(() => vaultTools(vault, options as never)).toThrow(refused);
  expect(() => aiSdkTools(vault, options as never)).toThrow(refused);
  if ('tools' in options) return;
  expect(() => guardVault(vault, options as never)).toThrow(refused);
  expect(() => memoryHandlers(vault, options as never)).toThrow(refused);
});

describe('what is denied', () => {
  const files = {
    '.git/config': 'secret',
    '.obsidian/app.json': '{}',
    'private/a.md': 'p',
    'open/b.md': 'o',
  };

  test('.git cannot be seen, .obsidian not be written', async () => {
    const tools = toolsOf(await vaultWith(files));
    expect(await tools.code('read_text_file', { path: '/.git/config' })).toBe('NOT_FOUND');
    expect(await tools.text('list_directory', { path: '/' })).not.toContain('.git');
    expect(await tools.text('grep_files', { pattern: 'secret' })).toContain('No line contains it');
    expect(await tools.text('read_text_file', { path: '/.obsidian/app.json' })).toBe('{}');
    expect(await tools.code('write_file', { path: '/.obsidian/app.json', content: 'x' })).toBe(
      'PERMISSION_DENIED',
    );
    expect(await tools.code('write_file', { path: '/.git/hooks/post-merge', content: 'x' })).toBe(
      'PERMISSION_DENIED',
    );
    expect(await tools.code('move_file', { source: '/open/b.md', destination: '/.git/x' })).toBe(
      'PERMISSION_DENIED',
    );
  });

  test('allow and deny hold in every tool', async () => {
    const tools = toolsOf(await vaultWith(files), { allow: ['open/**'], deny: ['**/secret*'] });
    expect(await tools.text('directory_tree', { path: '/' })).toBe('open/\n  b.md');
    expect(await tools.code('read_text_file', { path: '/private/a.md' })).toBe('NOT_FOUND');
    expect(await tools.code('copy_file', { source: '/private/a.md', destination: '/open/c.md' })).toBe(
      'NOT_FOUND',
    );
    expect(await tools.code('write_file', { path: '/open/secret.md', content: '' })).toBe(
      'PERMISSION_DENIED',
    );
    expect(
      await tools.code('apply_changes', { changes: [{ action: 'write', path: '/private/x', content: '' }] }),
    ).toBe('PERMISSION_DENIED');
  });

  test('of a vault among several is denied to its mirror too', async () => {
    const notes = await vaultWith({ 'a.md': 'a', 'private/b.md': 'b', '.git/config': 'secret' });
    const backup = await vaultWith({});
    const parts = { notes, backup };
    const tree = mount({ '/notes': notes, '/backup': backup });
    const tools = toolsOf(tree, { parts, deny: ['notes/private/**'] });
    expect(await tools.text('mirror_vault', { source: 'notes', target: 'backup' })).toContain('1 copied');
    expect(await backup.glob('**')).toEqual(['a.md']);
    await notes.create('new.md');
    await toolsOf(tree, { parts, deny: ['backup/new.md'] }).call('mirror_vault', {
      source: 'notes',
      target: 'backup',
    });
    expect(await backup.exists('new.md')).toBe(false);
  });

  test('in conflict is not listed, shown or settled', async () => {
    await using place = await inConflict({ 'private/a.md': 'secret', 'open.md': 'open' });
    const tools = toolsOf(place.vault, { deny: ['private/**'] });
    expect(await tools.text('list_conflicts')).toMatch(/^\/open.md \(\S+\)$/);
    for (const name of ['show_conflict', 'resolve_conflict'])
      expect(await tools.code(name, { path: '/private/a.md', keep: 'local' })).toBe('NOT_FOUND');
    expect(await tools.text('show_conflict', { path: '/open.md' })).toContain('+open, here');
    await tools.text('resolve_conflict', { path: '/open.md', keep: 'local' });
    expect((await place.vault.conflictReport()).map(({ path }) => path)).toEqual(['private/a.md']);
  });

  test('guardVault is the same for a vault', async () => {
    const guarded = guardVault(await vaultWith(files), { readOnly: true });
    await expect(guarded.read('.git/config')).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(guarded.create('x')).rejects.toMatchObject({ code: 'READ_ONLY' });
  });
});

describe.each([
  '../x',
  '/../x',
  'a/../../x',
  'a\\..\\..\\x',
  '/etc/passwd\0',
  'a//b',
  '//server/share',
  'C:\\x',
  '~/x',
  '%2e%2e/x',
])('the hostile path %j', (path) => {
  test.each(['read_text_file', 'get_file_info', 'list_directory', 'read_note', 'delete_file'])(
    'through %s is a clear failure',
    async (tool) => {
      const vault = await vaultWith({ a: 'a' });
      const { error, content } = await toolsOf(vault).call(tool, { path });
      expect(error, content).toBeDefined();
      expect(await vault.glob('**')).toEqual(['a']);
    },
  );
});

test('absolute paths of this machine are understood below a folder that is known, and answers do not show them', async () => {
  const tools = toolsOf(await vaultWith({ 'd/a.md': 'A' }), { hostRoots: new Map([['/home/me/notes', '']]) });
  expect(await tools.text('read_text_file', { path: '/home/me/notes/d/a.md' })).toBe('A');
  expect(await tools.text('list_directory', { path: '/home/me/notes' })).toBe('[DIR] d');
  const { content } = await tools.call('read_text_file', { path: '/home/me/notes/none.md' });
  expect(content).not.toContain('/home/me');
});

describe('consent', () => {
  test('is asked before anything changes, with what is going to be done', async () => {
    const vault = await vaultWith({ a: 'a' });
    const asked: string[] = [];
    const context = {
      consent: async (kinds: readonly string[], question: string) =>
        void asked.push(`${kinds.join(' ')}: ${question}`),
    };
    const tools = toolsOf(vault);
    await tools.call('write_file', { path: 'a', content: 'b' }, context);
    await tools.call('write_file', { path: 'n', content: 'b' }, context);
    await tools.call('delete_file', { path: 'a' }, context);
    expect(asked).toEqual(['write overwrite: Replace /a?', 'write: Create /n?', 'write delete: Delete /a?']);
  });

  test('several changes at once are asked for with all that they do', async () => {
    const vault = await vaultWith({ a: 'a', b: 'b' });
    const asked: string[] = [];
    const consent = async (kinds: readonly string[]) => void asked.push(kinds.join(' '));
    const [tool] = vaultTools(vault, { tools: ['apply_changes'] });
    const add = { action: 'append', path: 'a', content: 'x' };
    const replace = { action: 'write', path: 'a', content: 'x' };
    const remove = { action: 'delete', path: 'b' };
    for (const changes of [[add], [add, replace], [replace, remove]])
      await tool!.run({ changes }, { consent });
    expect(asked).toEqual(['write', 'write overwrite', 'write delete overwrite']);
  });

  test('what it throws ends the call, and nothing is changed', async () => {
    const vault = await vaultWith({ a: 'a' });
    const no = new Error('no');
    const refuse = { consent: () => Promise.reject(no) };
    for (const tool of vaultTools(vault)) {
      if (tool.hints.readOnly) continue;
      const input = {
        path: 'a',
        content: 'x',
        edits: [{ oldText: 'a', newText: 'b' }],
        source: 'a',
        destination: 'b',
        section: 'S',
        changes: [{ action: 'delete', path: 'a' }],
      };
      await expect(tool.run(input, refuse), tool.name).rejects.toBe(no);
    }
    expect(await vault.read('a', { binary: false })).toBe('a');
  });
});

test('a regular expression that never ends is refused, one that is none says so', async () => {
  const tools = toolsOf(await vaultWith({ a: `${'a'.repeat(40)}!` }));
  const { content, error } = await tools.call('grep_files', { pattern: '^(a+)+$', regex: true });
  expect(error?.code).toBe('INVALID_ARGUMENT');
  expect(content).toContain('make it simpler');
  expect((await tools.call('grep_files', { pattern: '(', regex: true })).content).toContain(
    'leave regex out',
  );
});

test('an aborted call rejects with the reason', async () => {
  const reason = new Error('left');
  const [tool] = vaultTools(await vaultWith({ a: 'a' }), { tools: ['read_text_file'] });
  await expect(tool!.run({ path: 'a' }, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
});
