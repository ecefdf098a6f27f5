// A server is not alone with its folder: another server, a person's editor, a mirror. Each is a process of its own.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { isLong } from '../../../scripts/test/daily.ts';
import { program } from '../../../scripts/test/programs.ts';
import { type Answer, type Connection, overStdio } from './connect.ts';

const folder = (): string => mkdtempSync(join(tmpdir(), 'f9-mcp-'));

const EDITS = isLong ? 148 : 8;

/** Ways to add a line to a file that starts with `# Top`. */
const WAYS: readonly ((line: string) => readonly [tool: string, input: Record<string, unknown>])[] = [
  (line) => ['edit_file', { path: '/log.md', edits: [{ oldText: '# Top\n', newText: `# Top\n${line}\n` }] }],
  (line) => ['append_file', { path: '/log.md', content: `${line}\n` }],
  (line) => ['patch_note', { path: '/log.md', section: 'Top', operation: 'prepend', content: line }],
  (line) => [
    'apply_changes',
    {
      changes: [
        { action: 'append', path: '/log.md', content: `${line}\n` },
        { action: 'write', path: `/${line}.md`, content: line },
      ],
    },
  ],
];

/** Adds lines, in every way in turn, some at once. @returns what was refused */
async function write({ call }: Connection, name: string): Promise<string[]> {
  const refused: string[] = [];
  for (let i = 0; i < EDITS; i += WAYS.length) {
    const answers = await Promise.all(WAYS.map((way, k) => call(...way(`${name}${i + k}`))));
    refused.push(...answers.filter(({ isError }) => isError).map(({ text }) => text));
  }
  return refused;
}

const linesOf = (notes: string): string[] =>
  readFileSync(join(notes, 'log.md'), 'utf8')
    .split('\n')
    .filter((line) => /\d$/.test(line));

test(`two servers on one folder, ${EDITS} changes each, four at a time: none is lost, none is refused`, async () => {
  const notes = folder();
  writeFileSync(join(notes, 'log.md'), '# Top\n');
  await using one = await overStdio([notes]);
  await using two = await overStdio([notes]);
  expect(await Promise.all([write(one, 'one'), write(two, 'two')])).toEqual([[], []]);
  const all = ['one', 'two'].flatMap((name) => Array.from({ length: EDITS }, (_, i) => `${name}${i}`));
  expect(linesOf(notes).sort()).toEqual(all.sort());
}, 300_000);

/** How editors save: over the file, or in it. */
const SAVES: Readonly<Record<string, (path: string, text: string) => void>> = {
  'renames another file over it': (path, text) => {
    writeFileSync(`${path}.tmp`, text);
    renameSync(`${path}.tmp`, path);
  },
  'writes into it': (path, text) => writeFileSync(path, text),
};

test('what an editor saved is neither overwritten nor in the way', async () => {
  const notes = folder();
  await using server = await overStdio([notes]);
  const path = join(notes, 'a.md');
  for (const [how, save] of Object.entries(SAVES)) {
    writeFileSync(path, 'one\ntwo\n');
    const { etag } = (await server.call('read_text_file', { path: '/a.md' })).data;
    const edit = (more: Record<string, unknown>): Promise<Answer> =>
      server.call('edit_file', { path: '/a.md', edits: [{ oldText: 'two', newText: 'zwei' }], ...more });
    // As long as before, and maybe at the same moment of the clock.
    save(path, 'ONE\ntwo\n');
    expect((await edit({ ifMatch: etag })).text).toMatch(/^PRECONDITION_FAILED/);
    const stale = { path: '/a.md', content: 'lost', ifMatch: etag };
    expect((await server.call('write_file', stale)).text).toMatch(/^PRECONDITION_FAILED/);
    expect((await edit({})).isError).toBe(false);
    expect(readFileSync(path, 'utf8'), how).toBe('ONE\nzwei\n');
  }
});

/** Saves one file again and again as vim does: a try whether it may, a backup, a new file in its place. */
const EDITOR = `
  const { renameSync, rmSync, writeFileSync } = require('node:fs');
  let isOver = false;
  process.stdin.on('data', () => { isOver = true; }).on('end', () => process.exit());
  const save = (i) => {
    writeFileSync('4913', ''); rmSync('4913');
    renameSync('draft.md', 'draft.md~');
    writeFileSync('draft.md', 'draft ' + i);
    rmSync('draft.md~');
    if (isOver) return console.log('draft ' + i), process.exit();
    setTimeout(save, 1, i + 1);
  };
  save(0);`;

test('while an editor saves without end, nothing that a server is asked for fails', async () => {
  const notes = folder();
  for (const [name, text] of [
    ['draft.md', 'draft'],
    ['log.md', '# Top\n'],
  ] as const)
    writeFileSync(join(notes, name), text);
  await using server = await overStdio([notes]);
  const editor = spawn(process.execPath, ['-e', EDITOR], { cwd: notes, stdio: ['pipe', 'pipe', 'inherit'] });
  const looks = [
    server.call('directory_tree', { path: '/' }),
    server.call('grep_files', { pattern: 'Top' }),
    server.call('list_directory_with_sizes', { path: '/' }),
    server.call('search_files', { path: '/', pattern: '**' }),
  ];
  const refused = await write(server, 'one');
  for (const { isError, text } of await Promise.all(looks)) expect([isError, text]).toEqual([false, text]);
  expect(refused).toEqual([]);
  expect(linesOf(notes)).toHaveLength(EDITS);
  editor.stdin.write('over');
  const [said] = (await once(editor.stdout, 'data')) as [Buffer];
  expect(readFileSync(join(notes, 'draft.md'), 'utf8')).toBe(said.toString().trim());
});

function mirrorForever(from: string, to: string): ChildProcess {
  const argv = [...program('cli'), 'mirror', from, to, '--prune', '--watch', '--interval', '1s'];
  return spawn(process.execPath, argv, { stdio: ['ignore', 'ignore', 'ignore'] });
}

/** Two more processes, for what seldom breaks. */
if (isLong)
  test('beside a mirror that watches, a server loses nothing, and in the end the copy has all', async () => {
    const [notes, copy] = [folder(), folder()];
    mkdirSync(join(notes, 'd'));
    writeFileSync(join(notes, 'log.md'), '# Top\n');
    const mirror = mirrorForever(notes, copy);
    try {
      await using server = await overStdio([notes]);
      await expect.poll(() => readdirSync(copy)).toContain('log.md');
      expect(await write(server, 'one')).toEqual([]);
      for (const [tool, input] of [
        ['move_file', { source: '/one3.md', destination: '/d/moved.md' }],
        ['delete_file', { path: '/one7.md' }],
      ] as const)
        expect((await server.call(tool, input)).isError).toBe(false);
      expect(linesOf(notes)).toHaveLength(EDITS);
      const contents = (place: string): Record<string, string> =>
        Object.fromEntries(
          readdirSync(place, { recursive: true, encoding: 'utf8' })
            .filter((name) => name.endsWith('.md'))
            .sort()
            .map((name) => [name, readFileSync(join(place, name), 'utf8')]),
        );
      await expect.poll(() => contents(copy)).toEqual(contents(notes));
    } finally {
      mirror.kill('SIGTERM');
      await once(mirror, 'exit');
    }
    expect(mirror.exitCode).toBe(0);
  });
