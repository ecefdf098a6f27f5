import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { GROUPS, testBackend } from '@f9/conformance';
import { expect, test } from 'vitest';
import { changed, memoryHarness } from './variants.ts';

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

test('what a store has no hook for is reported as skipped, with the name of the hook', async () => {
  const linked = memoryHarness('memory', (inner) =>
    changed(inner, { capabilities: { ...inner.capabilities, symlinks: true, lockScope: 'host' } }),
  );
  const { withoutProcesses: _, ...askedForAll } = linked;
  const run: string[] = [];
  const skipped: string[] = [];
  const register = (title: string): void => void run.push(title);
  const skip = (title: string): void => void skipped.push(title);
  await testBackend({ describe: (_, body) => body(), test: Object.assign(register, { skip }) }, askedForAll);
  const hooked = GROUPS.flatMap(({ cases }) => cases).filter(
    ({ hook }) => hook === 'createSymlink' || hook === 'processModule',
  );
  expect(skipped).toHaveLength(hooked.length);
  for (const title of skipped)
    expect(title).toMatch(/not proven: the store offers no (createSymlink|processModule)/);
  expect(run.filter((title) => title.includes('symlink'))).toEqual([]);
});
