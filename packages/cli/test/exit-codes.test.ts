// Every exit code of the table, by a run that ends with it. Those of signals and pipes are proven in process.test.ts and kinds.test.ts.
import { expect, test } from 'vitest';
import { EXIT } from '../src/index.ts';
import { Workplace } from './support/command.ts';
import { twoClonesInConflict } from './support/repository.ts';

const FILES = { 'n/a.md': 'A', 'n/b.md': 'B', 'copy/a.md/x': '', 'same/a.md': 'A', 'same/b.md': 'B' };

const BY_CODE: Readonly<Record<number, readonly (readonly string[])[]>> = {
  [EXIT.ok]: [
    ['ls', 'n'],
    ['check', 'n', 'same'],
    ['rm', '-f', 'nothing'],
    ['grep', 'A', 'n'],
  ],
  [EXIT.failed]: [
    ['check', 'n', 'other'],
    ['grep', 'nothing at all', 'n'],
    ['embed', 'n'],
    ['rm', 'n'],
  ],
  [EXIT.usage]: [
    ['mirorr'],
    ['ls', '--no-such-option'],
    ['ls', 'git+https://'],
    ['cat', 'file:///tmp#../../etc/passwd'],
    ['mirror', 'n', 'n'],
    ['vaults', 'add', 'x', 'n'],
    ['sync', 'n', 'same'],
  ],
  [EXIT.notFound]: [
    ['cat', 'n/nothing.md'],
    ['ls', 'nowhere:'],
    ['vaults', 'show', 'nowhere'],
    ['mirror', 'nothing', 'copy'],
  ],
  [EXIT.partly]: [
    ['cat', 'n/a.md', 'n/nothing.md'],
    ['mirror', 'n', 'copy'],
  ],
  [EXIT.occupied]: [
    ['write', 'n/a.md', '--text', 'again'],
    ['write', 'n/a.md', '--text', 'again', '--if-match', 'another'],
    ['mkdir', 'n'],
  ],
};

test.each(
  Object.entries(BY_CODE).flatMap(([code, runs]) => runs.map((argv) => [Number(code), argv] as const)),
)('%i: %j', async (code, argv) => {
  await using place = await Workplace.create({ ...FILES, 'other/c.md': '' });
  const result = await place.f9(argv);
  expect(result.code, result.stderr).toBe(code);
});

test('3, 6 and 7', { timeout: 60_000 }, async () => {
  await using place = await twoClonesInConflict();
  expect((await place.f9(['pull', 'ours:'])).code).toBe(EXIT.conflicts);
  expect((await place.f9(['conflicts', 'ours:'])).code).toBe(EXIT.conflicts);
  expect((await place.f9(['ls', 'openai+vector://vs_1'])).code).toBe(EXIT.denied);
  // Nothing listens there.
  const away = `git+http://127.0.0.1:9/r@main?allow_insecure=true&path=${place.at('away')}`;
  expect((await place.f9(['ls', away])).code).toBe(EXIT.tryAgain);
});
