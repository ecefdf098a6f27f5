import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { isLong } from '../../../scripts/test/daily.ts';
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
