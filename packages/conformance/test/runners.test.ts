import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { GROUPS } from '@f9/conformance';
import { expect, test } from 'vitest';

const run = promisify(execFile);

test('node:test runs the suite as it is', async () => {
  const file = fileURLToPath(new URL('memory-node-test.ts', import.meta.url));
  // Within vitest there is a NODE_ENV and more that a plain `node --test` would not have.
  const { PATH } = process.env;
  const { stdout } = await run(
    process.execPath,
    [
      '--conditions=@f9/source',
      '--disable-warning=ExperimentalWarning',
      '--test',
      '--test-reporter=tap',
      file,
    ],
    { env: PATH === undefined ? {} : { PATH }, maxBuffer: 2 ** 26 },
  );
  const count = (name: string): number => Number(new RegExp(`^# ${name} (\\d+)$`, 'm').exec(stdout)?.[1]);
  expect(count('fail')).toBe(0);
  expect(count('skipped')).toBe(0);
  const always = GROUPS.flatMap(({ cases }) => cases).filter((item) => item.when === undefined);
  expect(count('pass')).toBeGreaterThan(always.length);
});
