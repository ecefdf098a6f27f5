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
  // Lines, and where they begin and end.
  ['write_file', { path: '/lines.txt', content: 'a\r\nb\nc\r\n\r\nlast' }],
  ['read_text_file', { path: '/lines.txt', head: 2 }],
  ['read_text_file', { path: '/lines.txt', tail: 2 }],
  ['read_text_file', { path: '/lines.txt', offset: 4 }],
  ['read_text_file', { path: '/lines.txt', offset: 99 }],
  ['read_text_file', { path: '/lines.txt', head: 1, tail: 1 }],
  ['read_text_file', { path: '/lines.txt', limit: 0 }],
  ['read_text_file', {}],
  ['edit_file', { path: '/lines.txt', edits: [{ oldText: 'b\nc', newText: 'B\nC' }] }],
  ['edit_file', { path: '/lines.txt', edits: [{ oldText: 'a\nB', newText: 'A\nx\nB' }] }],
  ['read_text_file', { path: '/lines.txt' }],
  ['write_file', { path: '/bom.md', content: '\ufeff# Title\n' }],
  ['edit_file', { path: '/bom.md', edits: [{ oldText: '# Title', newText: '# Other $& $1' }] }],
  ['read_text_file', { path: '/bom.md' }],
  ['read_note', { path: '/bom.md', view: 'map' }],
  // Edits: some at once, dry, all, and versions that are gone.
  ['write_file', { path: '/many.txt', content: 'x y x y x' }],
  ['edit_file', { path: '/many.txt', edits: [{ oldText: 'x', newText: 'z', all: true }], dryRun: true }],
  ['read_text_file', { path: '/many.txt' }],
  ['edit_file', { path: '/many.txt', edits: [{ oldText: 'x', newText: 'z', all: true }] }],
  [
    'edit_file',
    {
      path: '/many.txt',
      edits: [
        { oldText: 'z y z', newText: 'one' },
        { oldText: 'one y', newText: 'two' },
      ],
    },
  ],
  [
    'edit_file',
    {
      path: '/many.txt',
      edits: [
        { oldText: 'two', newText: 'three' },
        { oldText: 'nowhere', newText: 'x' },
      ],
    },
  ],
  ['edit_file', { path: '/many.txt', edits: [] }],
  ['edit_file', { path: '/many.txt', edits: [{ oldText: 'two', newText: 'x' }], ifMatch: 'none such' }],
  ['write_file', { path: '/many.txt', content: 'x', ifMatch: 'none such' }],
  ['delete_file', { path: '/many.txt', ifMatch: 'none such' }],
  ['read_text_file', { path: '/many.txt' }],
  // Trees.
  ['write_file', { path: '/tree/a/one.md', content: '# One\n' }],
  ['write_file', { path: '/tree/a/b/two.md', content: '# Two\n[[One]] ![[pic.png]] [x](../one.md#h)\n' }],
  ['write_file', { path: '/tree/[x] (1)/{y}.md', content: 'signs' }],
  ['write_file', { path: '/tree/.hidden/h.md', content: 'hidden' }],
  ['list_directory', { path: '/tree/' }],
  ['list_directory', { path: '/tree', offset: 1, limit: 1 }],
  ['directory_tree', { path: '/tree' }],
  ['directory_tree', { path: '/tree', maxDepth: 1 }],
  ['directory_tree', { path: '/tree', excludePatterns: ['b', '.hidden'] }],
  ['list_directory_with_sizes', { path: '/tree/a' }],
  ['search_files', { path: '/tree', pattern: '**/*.md' }],
  ['search_files', { path: '/tree', pattern: '**/*.md', excludePatterns: ['**/b/**'] }],
  ['search_files', { path: '/tree/[x] (1)', pattern: '*' }],
  ['search_files', { path: '/tree/none', pattern: '*' }],
  ['search_files', { path: '/tree', pattern: '../**' }],
  ['copy_file', { source: '/tree/a', destination: '/tree/c' }],
  ['copy_file', { source: '/tree/a', destination: '/tree/a/inside' }],
  ['move_file', { source: '/tree/c', destination: '/tree/d' }],
  ['move_file', { source: '/tree/d', destination: '/tree/a' }],
  ['directory_tree', { path: '/tree' }],
  ['note_links', { path: '/tree/a/b/two.md' }],
  // Searching.
  ['grep_files', { pattern: 'ONE', ignoreCase: true, path: '/tree' }],
  ['grep_files', { pattern: '#', glob: '**/one.md' }],
  ['grep_files', { pattern: '#', path: '/tree', maxMatches: 1 }],
  ['grep_files', { pattern: '#', path: '/tree/none' }],
  ['grep_files', { pattern: '' }],
  ['grep_files', { pattern: '# (One|Two)$', regex: true, path: '/tree/a' }],
  ['grep_files', { pattern: '(', regex: true }],
  // Notes.
  [
    'write_file',
    { path: '/note.md', content: 'Top\n===\n\n```\n# no\n```\n\n## Same\n\na\n\n## Same\n\nb\n' },
  ],
  ['read_note', { path: '/note.md' }],
  ['read_note', { path: '/note.md', view: 'map' }],
  ['read_note', { path: '/note.md', view: 'section' }],
  ['read_note', { path: '/note.md', section: 'Same' }],
  ['read_note', { path: '/note.md', view: 'frontmatter' }],
  ['read_note', { path: '/none.md' }],
  ['patch_note', { path: '/note.md', section: 'Top', operation: 'prepend', content: 'first' }],
  ['patch_note', { path: '/note.md', section: 'Same', content: 'x' }],
  ['patch_note', { path: '/note.md', frontmatter: { title: 'T: x', list: [1, 'two'], none: null } }],
  ['patch_note', { path: '/note.md', frontmatter: { title: 'U' }, dryRun: true }],
  ['patch_note', { path: '/note.md', section: 'Top' }],
  ['patch_note', { path: '/note.md', section: 'Top', operation: 'replace', content: '', dryRun: true }],
  ['read_note', { path: '/note.md', view: 'frontmatter' }],
  ['read_text_file', { path: '/note.md' }],
  // Several at once.
  ['read_multiple_files', { paths: [] }],
  ['read_multiple_files', { paths: ['/note.md', '/tree', '/bom.md'] }],
  ['read_media_file', { path: '/bom.md' }],
  ['read_media_file', { path: '/tree' }],
  [
    'apply_changes',
    {
      changes: [
        { action: 'append', path: '/fresh.md', content: 'new\n' },
        { action: 'append', path: './fresh.md', content: 'more\n' },
        { action: 'delete', path: '/lines.txt' },
        { action: 'write', path: '/lines.txt', content: 'again' },
      ],
    },
  ],
  ['read_multiple_files', { paths: ['/fresh.md', '/lines.txt'] }],
  [
    'apply_changes',
    {
      changes: [
        { action: 'write', path: '/fresh.md', content: 'lost' },
        { action: 'move', path: '/fresh.md', to: '/bom.md' },
      ],
    },
  ],
  ['read_text_file', { path: '/fresh.md' }],
  ['apply_changes', { changes: [{ action: 'sing', path: '/fresh.md' }] }],
  // Paths that are none.
  ['read_text_file', { path: '/a\u0000b' }],
  ['write_file', { path: `/${'x'.repeat(300)}`, content: 'x' }],
  ['write_file', { path: '/', content: 'x' }],
  ['delete_file', { path: '/', recursive: true }],
  ['move_file', { source: '/', destination: '/x' }],
  ['write_file', { path: '/fresh.md/below', content: 'x' }],
  ['create_directory', { path: '/fresh.md/below' }],
  ['write_file', { path: '/.obsidian/app.json', content: '{}' }],
  ['write_file', { path: '/~/x', content: 'no home' }],
  ['write_file', { path: '/C:/x', content: 'no drive' }],
  ['delete_file', { path: '/tree', recursive: true }],
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
