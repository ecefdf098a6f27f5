import type { FileBackend } from '@f9/core';
import { beforeAll, describe, expect, test } from 'vitest';
import { BACKENDS } from './backends.ts';
import { toolsOf } from './tools.ts';

const NOTE = '---\ntags: [a]\n---\n# Garden\r\n\r\n## Water\r\n\r\ndaily\r\n\r\n# House\r\n';

/** What an agent may do in a session, wrong calls among them. */
const CALLS: readonly (readonly [tool: string, input: Record<string, unknown>])[] = [
  ['list_directory', { path: '/' }],
  ['write_file', { path: '/garden.md', content: NOTE }],
  ['write_file', { path: 'notes/one.md', content: 'one\ntwo\nthree\n' }],
  ['write_file', { path: '/notes/üñï ©.md', content: 'x' }],
  ['read_text_file', { path: '/garden.md' }],
  ['read_file', { path: '/notes/one.md', head: 1 }],
  ['read_text_file', { path: '/notes/one.md', tail: 1 }],
  ['read_text_file', { path: '/notes/one.md', offset: 1, limit: 1 }],
  ['read_text_file', { path: '/none.md' }],
  ['read_text_file', { path: '/notes' }],
  ['read_text_file', { path: '../outside' }],
  ['read_multiple_files', { paths: ['/garden.md', '/none.md'] }],
  ['list_directory', { path: '/notes' }],
  ['list_directory', { path: '/garden.md' }],
  ['list_directory', { path: '/none' }],
  ['list_directory_with_sizes', { path: '/notes', sortBy: 'size' }],
  ['directory_tree', { path: '/' }],
  ['search_files', { path: '/', pattern: '**/*.md' }],
  ['search_files', { path: '/notes', pattern: '*.png' }],
  ['edit_file', { path: '/notes/one.md', edits: [{ oldText: 'two', newText: 'zwei' }] }],
  ['edit_file', { path: '/notes/one.md', edits: [{ oldText: 'nowhere', newText: 'x' }] }],
  ['edit_file', { path: '/garden.md', edits: [{ oldText: '\n', newText: 'x' }] }],
  ['edit_file', { path: '/notes/one.md', edits: [{ oldText: '', newText: 'x' }] }],
  ['edit_file', { path: '/none.md', edits: [{ oldText: 'a', newText: 'x' }] }],
  ['append_file', { path: '/log.md', content: 'first\n' }],
  ['append_file', { path: '/log.md', content: 'second\n' }],
  ['read_text_file', { path: '/log.md' }],
  ['create_directory', { path: '/empty/deep' }],
  ['create_directory', { path: '/log.md' }],
  ['list_directory', { path: '/empty' }],
  ['write_file', { path: '/empty/deep/a.md', content: 'a' }],
  ['copy_file', { source: '/log.md', destination: '/copy.md' }],
  ['copy_file', { source: '/log.md', destination: '/copy.md' }],
  ['move_file', { source: '/copy.md', destination: '/moved/copy.md' }],
  ['move_file', { source: '/none.md', destination: '/x.md' }],
  ['move_file', { source: '/log.md', destination: '/garden.md' }],
  ['read_note', { path: '/garden.md', view: 'map' }],
  ['read_note', { path: '/garden.md', section: 'Water' }],
  ['read_note', { path: '/garden.md', view: 'frontmatter' }],
  ['read_note', { path: '/garden.md', section: 'Fire' }],
  ['patch_note', { path: '/garden.md', section: ['Garden', 'Water'], content: 'and weekly' }],
  ['patch_note', { path: '/garden.md', frontmatter: { tags: null, wet: true } }],
  ['patch_note', { path: '/garden.md', section: 'Water', content: '```\nopen' }],
  ['read_text_file', { path: '/garden.md' }],
  ['note_links', { path: '/garden.md' }],
  ['grep_files', { pattern: 'weekly', context: 1 }],
  ['grep_files', { pattern: 'no such text' }],
  // Git keeps no empty directories.
  ['delete_file', { path: '/moved', recursive: true }],
  ['delete_file', { path: '/notes' }],
  ['delete_file', { path: '/none.md' }],
  [
    'apply_changes',
    {
      changes: [
        { action: 'write', path: '/new.md', content: 'n' },
        { action: 'edit', path: '/log.md', edits: [{ oldText: 'first', newText: 'erste' }] },
        { action: 'move', path: '/new.md', to: '/newer.md' },
      ],
    },
  ],
  ['apply_changes', { changes: [{ action: 'delete', path: '/none.md' }] }],
  ['delete_file', { path: '/notes', recursive: true }],
  ['write_file', { path: '/.git/config', content: 'x' }],
  ['read_text_file', { path: '/.git/config' }],
  ['write_file', { path: '/a/', content: 'x' }],
  ['directory_tree', { path: '/' }],
];

/** Answers, but for what differs from store to store. */
async function answers(vault: FileBackend): Promise<string[]> {
  const tools = toolsOf(vault);
  const given: string[] = [];
  for (const [name, input] of CALLS) {
    const { content, error } = await tools.call(name, input);
    given.push(`${name} ${JSON.stringify(input)}: ${error === undefined ? content : error.code}`);
  }
  return given;
}

let expected: readonly string[];
beforeAll(async () => {
  await using memory = await BACKENDS.memory!();
  expected = await answers(memory.vault);
});

describe(`${CALLS.length} calls have the same answers as in memory`, () => {
  const others = Object.entries(BACKENDS).filter(([name]) => name !== 'memory');
  test.each(others)('%s', { timeout: 120_000 }, async (_, open) => {
    await using place = await open();
    expect(await answers(place.vault)).toEqual(expected);
  });
});
