import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { isLong, seed } from '../../../scripts/test/daily.ts';
import { overStdio } from './connect.ts';

const folder = (): string => mkdtempSync(join(tmpdir(), 'f9-mcp-'));

const EDITS = isLong ? 150 : 30;

test(`two servers on one folder, ${EDITS} edits each: none is lost, none is refused`, async () => {
  const notes = folder();
  writeFileSync(join(notes, 'log.md'), 'top\n');
  await using one = await overStdio([notes]);
  await using two = await overStdio([notes]);
  const edits = async (server: typeof one, name: string): Promise<number> => {
    let refused = 0;
    for (let i = 0; i < EDITS; i++) {
      const answer = await server.call('edit_file', {
        path: '/log.md',
        edits: [{ oldText: 'top\n', newText: `top\n${name}${i}\n` }],
      });
      if (answer.isError) refused++;
    }
    return refused;
  };
  expect(await Promise.all([edits(one, 'one'), edits(two, 'two')])).toEqual([0, 0]);
  const lines = readFileSync(join(notes, 'log.md'), 'utf8').trim().split('\n').slice(1);
  expect(new Set(lines).size).toBe(2 * EDITS);
}, 120_000);

/** Each tool that changes something, killed after a time that steps through it. */
const CALLS = [
  ['write_file', { path: '/a.md', content: 'new '.repeat(20_000) }],
  ['edit_file', { path: '/a.md', edits: [{ oldText: 'old', newText: 'new', all: true }] }],
  ['append_file', { path: '/a.md', content: 'more '.repeat(20_000) }],
  ['patch_note', { path: '/a.md', section: 'A', operation: 'replace', content: 'new '.repeat(20_000) }],
  ['move_file', { source: '/a.md', destination: '/b.md' }],
  ['copy_file', { source: '/a.md', destination: '/b.md' }],
  ['delete_file', { path: '/a.md' }],
] as const;

test.each(CALLS)(
  '%s, killed at any time, leaves the old file or the new one whole',
  async (name, input) => {
    const old = `# A\n${'old '.repeat(20_000)}\n`;
    const possible = new Set([
      old,
      'new '.repeat(20_000),
      old.replaceAll('old', 'new'),
      old + 'more '.repeat(20_000),
      `# A\n${'new '.repeat(20_000)}\n`,
    ]);
    const moments = isLong ? Array.from({ length: 20 }, (_, i) => i) : [(name.length + seed) % 6];
    for (const moment of moments) {
      const notes = folder();
      writeFileSync(join(notes, 'a.md'), old);
      const server = await overStdio([notes]);
      const answer = server.call(name, input).catch(() => undefined);
      await new Promise((resolve) => setTimeout(resolve, moment));
      process.kill(server.pid!, 'SIGKILL');
      await answer;
      await server.client.close().catch(() => undefined);
      const files = readdirSync(notes).filter((file) => file.endsWith('.md'));
      if (name !== 'delete_file') expect(files.length).toBeGreaterThan(0);
      for (const file of files)
        expect(possible.has(readFileSync(join(notes, file), 'utf8')), `${file} at ${moment} ms`).toBe(true);
    }
  },
  120_000,
);
