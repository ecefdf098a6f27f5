import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import * as driver from '../src/driver/index.ts';
import * as users from '../src/index.ts';
import * as processes from '../src/process/index.ts';

const root = new URL('..', import.meta.url);
const readme = readFileSync(new URL('README.md', root), 'utf8');
const core = { ...users, ...driver, ...processes };
const doors = ['src/index.ts', 'src/driver/index.ts', 'src/process/index.ts']
  .map((door) => readFileSync(new URL(door, root), 'utf8'))
  .join('\n');
const snippets = [...readme.matchAll(/```js\n(.*?)```/gs)].map(([, code]) => code!);
const canRunTypeScript = Boolean(process.features.typescript);

/** What a snippet prints, in a process of its own, from where `@f9/core` is found. */
async function output(code: string): Promise<string> {
  const given = ['--conditions=@f9/source', '--input-type=module', '-e', code];
  return (await promisify(execFile)(process.execPath, given, { cwd: root })).stdout;
}

describe.skipIf(!canRunTypeScript)('the snippets run as pasted (needs Node 24)', () => {
  test.each([
    ['a first program', 'notes/\nnotes/idea.md: 21 bytes\n# An idea\nMore of it\n'],
    ['layers', '# Hello\n\nREAD_ONLY\nPATH_OUTSIDE_ROOT\n'],
    ['a layer of your own', 'writes a.md\n'],
    ['errors', 'true NOT_FOUND read\ntrue\n'],
  ])('%s', async (name, expected) => {
    const printed = await output(
      snippets[['a first program', 'layers', 'a layer of your own', 'errors'].indexOf(name)]!,
    );
    expect(printed.startsWith(expected), printed).toBe(true);
  });
});

test('there is no snippet that is not run', () => {
  expect(snippets).toHaveLength(4);
});

test('the table of errors is the one that the code uses', () => {
  const rows = Object.entries(core.ERROR_TABLE).map(
    ([code, { className, errno, retryable }]) =>
      `| \`${code}\` | \`${className}\` | \`${errno}\` | ${retryable ? 'yes' : ''} |`,
  );
  const table = ['| code | class | errno | may succeed later |', '|---|---|---|---|', ...rows].join('\n');
  expect(readme).toContain(`<!-- errors -->\n${table}\n<!-- /errors -->`);
});

test('every value that is exported is named, and nothing that is not', () => {
  const surface = readme.slice(readme.indexOf('## What it exports'));
  const named = [...surface.matchAll(/`(\w+)`/g)].map(([, name]) => name!);
  expect(Object.keys(core).filter((name) => !named.includes(name))).toEqual([]);
  const exported = new Set(doors.match(/\w+/g));
  expect(named.filter((name) => !exported.has(name))).toEqual([]);
});
