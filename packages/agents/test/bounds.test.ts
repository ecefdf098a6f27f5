import fc from 'fast-check';
import { expect, test } from 'vitest';
import { vaultTools } from '../src/index.ts';
import { vaultWith } from './tools.ts';

const MAX_BYTES = 2000;
const RUNS = process.env.F9_LONG === '1' ? 5000 : 300;
const SEED = Number(process.env.F9_SEED ?? 1);

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
    { numRuns: RUNS, seed: SEED },
  );
});
