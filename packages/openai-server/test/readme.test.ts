import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { FAULTS } from '../src/index.ts';
import { UNKIND } from '../src/state/unkindness.ts';

const root = new URL('..', import.meta.url);
const readme = await readFile(new URL('README.md', root), 'utf8');
const snippets = [...readme.matchAll(/```js\n(.*?)```/gs)].map(([, code]) => code!);
const runsTypeScript = Boolean(process.features.typescript);
const run = (code: string) =>
  promisify(execFile)(process.execPath, ['--conditions=@f9/source', '--input-type=module', '-e', code], {
    cwd: root,
  });

describe.skipIf(!runsTypeScript)("the README's snippets run as pasted (needs Node 24)", () => {
  test('a file is found by search', async () => {
    expect((await run(snippets[0]!)).stdout).toContain('garden.md\n');
  });

  test('a lost answer makes three files', async () => {
    expect((await run(snippets[1]!)).stdout).toBe('3\n');
  });
});

test('the README knows every fault and every switch, with its value', () => {
  for (const name of Object.keys(FAULTS)) expect(readme).toContain(`\`${name}\``);
  for (const [name, value] of Object.entries(UNKIND)) {
    expect(readme).toMatch(new RegExp(`\\| \`${name}\` +\\| \`?${value}\`? +\\|`));
  }
  expect(snippets).toHaveLength(2);
});
