import { isFileBackendError } from '@f9/core';
import { expect, test } from 'vitest';
import { isLong } from '../../../scripts/test/daily.ts';
import { git } from './repository.ts';
import { Vaults } from './vaults.ts';

const COUNT = isLong ? 10_000 : 1_000;
const SEED = Number(process.env.F9_SEED ?? 1);

/** Numbers below `limit`, the same for the same seed. */
function randomNumbers(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
}

// Pieces that some rule of git, of a filesystem or of f9 knows.
const PIECES = [
  'a',
  'B',
  '.',
  '..',
  ' ',
  '~1',
  'git',
  '.git',
  'GIT',
  'git~1',
  '.f9',
  ':',
  '::$INDEX_ALLOCATION',
  '\\',
  '"',
  '*',
  '?',
  '<',
  '|',
  '\n',
  '\t',
  '\u0001',
  '\u200c',
  '\ufeff',
  '\ufffd',
  '\u202e',
  'é',
  'e\u0301',
  '日本',
  '🦆',
  '-',
  '--',
  '.lock',
  '.gitmodules',
  '.gitattributes',
  'HEAD',
  'con',
  'aux',
  'x'.repeat(200),
  '%2e',
  '#',
  '!',
];

test(`every name that is accepted is in the pushed tree, every other is refused (${COUNT} names, seed ${SEED})`, async () => {
  const random = randomNumbers(SEED);
  const name = (): string =>
    Array.from({ length: 1 + random(4) }, () => PIECES[random(PIECES.length)]!).join('');
  const vaults = new Vaults();
  const [ours] = await vaults.two();
  const accepted = new Set<string>();
  await ours.syncSession(async () => {
    for (let i = 0; i < COUNT; i++) {
      const path = Array.from({ length: 1 + random(3) }, name).join('/');
      try {
        const info = await ours.create(path, { data: '' });
        accepted.add(info.path);
      } catch (error) {
        const codes = [
          'INVALID_PATH',
          'PATH_OUTSIDE_ROOT',
          'ALREADY_EXISTS',
          'IS_DIRECTORY',
          'NOT_DIRECTORY',
        ] as const;
        expect(
          codes.some((code) => isFileBackendError(error, code)),
          `${JSON.stringify(path)}: ${error}`,
        ).toBe(true);
      }
    }
  });
  await ours.push();
  const published = git(vaults.remote, 'ls-tree', '-r', '-z', '--name-only', '--full-tree', 'main')
    .split('\0')
    .filter(Boolean);
  expect(accepted.size).toBeGreaterThan(COUNT / 10);
  expect(published.sort()).toEqual([...accepted].sort());
  const theirs = await vaults.open('new');
  expect((await theirs.globFiles('**', { dot: true })).sort()).toEqual([...accepted].sort());
});
