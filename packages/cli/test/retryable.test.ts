// What docs/errors.md says of retryable, held against every place that throws with another word than the table.
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ERROR_TABLE } from '@f9/core/driver';
import { expect, test } from 'vitest';

const REPOSITORY = join(import.meta.dirname, '../../..');
const documented = readFileSync(join(REPOSITORY, 'docs/errors.md'), 'utf8');

/** Where a service says with each answer whether to try again; what it says is passed on. */
const PASSED_ON = [
  'packages/core/src/errors.ts',
  'packages/openai/src/bytes/content-store.ts',
  'packages/openai/src/entries/admission.ts',
  'packages/openai/src/errors.ts',
  'packages/s3/src/errors.ts',
  'packages/agents/src/tools/failure.ts',
];

test('the table of codes says what the code says', () => {
  for (const [code, { retryable }] of Object.entries(ERROR_TABLE)) {
    expect(documented).toMatch(new RegExp(`^\\| \`${code}\` \\|.*\\| ${retryable ? 'yes' : ''} \\|$`, 'm'));
  }
});

test('whoever throws with another word than the table is named beside it', () => {
  const unknown: string[] = [];
  for (const file of globSync('packages/*/src/**/*.ts', { cwd: REPOSITORY })) {
    const source = readFileSync(join(REPOSITORY, file), 'utf8');
    for (const match of source.matchAll(/\bretryable: (\w[\w.]*)/g)) {
      if (/^(?:boolean|entry)/.test(match[1]!) || PASSED_ON.includes(file.replaceAll('\\', '/'))) continue;
      if (
        !file.includes('conformance') &&
        !file.includes('packages/cli') &&
        !isNamed(source, match.index, match[1]!)
      )
        unknown.push(`${file}: ${match[0]}`);
    }
  }
  expect(unknown).toEqual([]);
});

/** Whether the exception stands below the table: `CODE` … yes or no. */
function isNamed(source: string, at: number, word: string): boolean {
  const code = [...source.slice(0, at).matchAll(/'([A-Z_]{2,})'/g)].at(-1)?.[1];
  const exceptions = documented.split('<!-- /errors -->')[1] ?? '';
  return new RegExp(`\`${code}\`.*\\b${word === 'true' ? 'yes' : 'no'}\\b`).test(exceptions);
}
