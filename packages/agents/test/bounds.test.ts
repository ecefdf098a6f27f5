import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isLong, seed } from '../../../scripts/test/daily.ts';
import { vaultTools } from '../src/index.ts';
import { toolsOf, vaultWith } from './tools.ts';

const MAX_BYTES = 2000;
const RUNS = isLong ? 5000 : 300;

const files = {
  'a.md': '---\nkey: value\n---\n# Garden\n\nSee [[House]].\n\n## Water\n\ndaily\n',
  'long.txt': `${'word '.repeat(2000)}\n`.repeat(5),
  'many lines.txt': 'line 😀\n'.repeat(3000),
  'bin.png': Uint8Array.from({ length: 5000 }, (_, i) => i % 256),
  'latin.txt': Uint8Array.from([0x61, 0xe9, 10]),
  'headings.md': Array.from({ length: 500 }, (_, i) => `# Heading ${i}\n[[Link ${i}]]\n`).join(''),
  'empty.txt': '',
  ...Object.fromEntries(
    Array.from({ length: 300 }, (_, i) => [`dir/sub ${i % 7}/file ${i}.md`, `text ${i}\n`]),
  ),
};

const path = fc.oneof(
  fc.constantFrom(
    ...Object.keys(files).slice(0, 8),
    '/',
    '',
    'dir',
    '/dir/sub 1',
    'none',
    '../out',
    'a/../b',
  ),
  fc.string({ unit: 'binary', maxLength: 30 }),
  fc.constant('x'.repeat(5000)),
  fc.constant('../'.repeat(3000)),
);
const text = fc.oneof(
  fc.constantFrom('daily', 'line', 'word', '😀', '# ', '', '\n', '$&', '```\n', '\0', 'x'.repeat(5000)),
  fc.string({ unit: 'binary', maxLength: 20 }),
);
const number = fc.oneof(fc.nat(20), fc.constantFrom(-1, 0.5, 2 ** 53, 10_000));

/** Values that mean something to some tool; the rest is what models make up. */
const input = fc.record(
  {
    path,
    paths: fc.array(path, { maxLength: 120 }),
    source: path,
    destination: path,
    pattern: fc.oneof(text, fc.constantFrom('**/*', '**', '*.md', '[', '(a+)+$', '{a,b}**')),
    regex: fc.boolean(),
    content: text,
    edits: fc.array(fc.record({ oldText: text, newText: text, all: fc.boolean() }), { maxLength: 4 }),
    changes: fc.array(
      fc.record({
        action: fc.constantFrom('write', 'append', 'delete', 'move', 'edit', 'x'),
        path,
        to: path,
        content: text,
      }),
      { maxLength: 60 },
    ),
    section: fc.oneof(text, fc.array(text, { maxLength: 3 })),
    view: fc.constantFrom('full', 'map', 'section', 'frontmatter'),
    operation: fc.constantFrom('append', 'prepend', 'replace'),
    frontmatter: fc.dictionary(fc.string({ maxLength: 8 }), fc.jsonValue({ maxDepth: 2 })),
    head: number,
    tail: number,
    offset: number,
    limit: number,
    context: number,
    maxMatches: number,
    maxDepth: number,
    recursive: fc.boolean(),
    dryRun: fc.boolean(),
    ifMatch: text,
  },
  { requiredKeys: [] },
);

test(`of a file of ${isLong ? 100 : 20} MB there are parts, what is parsed or given whole is refused, and an edit is made`, async () => {
  const vault = await vaultWith({
    'big.md': Buffer.from(`# Top\n${`${'x'.repeat(99)}\n`.repeat(isLong ? 1_000_000 : 200_000)}`),
  });
  const tools = toolsOf(vault, { maxBytes: MAX_BYTES });
  const path = '/big.md';
  expect(await tools.text('read_text_file', { path, offset: 190_000, limit: 1 })).toBe(`${'x'.repeat(99)}\n`);
  expect(await tools.text('read_text_file', { path, tail: 1 })).toHaveLength(100);
  const refused = [
    ['read_media_file', { path }],
    ['read_note', { path }],
    ['read_note', { path, view: 'map' }],
    ['note_links', { path }],
    ['patch_note', { path, section: 'Top', content: 'x' }],
    ['patch_note', { path, frontmatter: { key: 'x' } }],
  ] as const;
  for (const [name, input] of refused) {
    expect(await tools.call(name, input), name).toMatchObject({
      error: { code: 'INVALID_ARGUMENT' },
      content: expect.stringMatching(/has \d+ bytes/),
    });
  }
  expect(await tools.text('grep_files', { pattern: 'Top' })).toContain('1 too large');
  expect(await tools.text('edit_file', { path, edits: [{ oldText: '# Top', newText: '# New' }] })).toContain(
    '+# New',
  );
});

test('whatever is asked: an answer, within its bounds, whose error is one of the codes', async () => {
  const vault = await vaultWith(files);
  const tools = new Map(
    vaultTools(vault, { maxBytes: MAX_BYTES, maxMediaBytes: 4000 }).map((tool) => [tool.name, tool]),
  );
  const call = fc.tuple(fc.constantFrom(...tools.keys()), fc.oneof(input, fc.anything()));
  await fc.assert(
    fc.asyncProperty(call, async ([name, given]) => {
      const { content, data, media, error } = await tools.get(name)!.run(given);
      expect(Buffer.byteLength(content), name).toBeLessThanOrEqual(MAX_BYTES);
      expect(Buffer.byteLength(JSON.stringify(data ?? {})), name).toBeLessThanOrEqual(3000);
      expect(media?.base64.length ?? 0).toBeLessThanOrEqual(4000);
      if (error !== undefined) expect(content).toMatch(/^[A-Z_]+: /);
    }),
    { numRuns: RUNS, seed },
  );
});
