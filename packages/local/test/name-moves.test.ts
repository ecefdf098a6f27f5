import fs from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { moveName } from '../src/files/name-moves.ts';
import { runSynchronously } from '../src/io/runner.ts';
import { everything, plant, temporaryFolder } from './support/temporary-folder.ts';

const isRoot = process.getuid?.() === 0;
const NOBODY = 65_534;

/** Runs `body` as a user who may write in `folder` and link none of the files there. */
function asNobody(folder: string, body: () => void): void {
  fs.chmodSync(folder, 0o777);
  process.seteuid!(NOBODY);
  try {
    body();
  } finally {
    process.seteuid!(0);
  }
}

test('a name is moved in one step, and replaces only what it may', () => {
  const folder = temporaryFolder();
  plant(folder, { from: 'new', there: 'old' });
  expect(() => runSynchronously(moveName(join(folder, 'from'), join(folder, 'there'), 'fail'))).toThrow(
    'EEXIST',
  );
  runSynchronously(moveName(join(folder, 'from'), join(folder, 'free'), 'fail'));
  runSynchronously(moveName(join(folder, 'free'), join(folder, 'there'), 'replace'));
  expect(everything(folder)).toEqual(['there']);
  expect(fs.readFileSync(join(folder, 'there'), 'utf8')).toBe('new');
});

test.skipIf(!isRoot || process.platform !== 'linux')(
  'without hard links too (needs Linux, root: nobody else can become somebody who may not link)',
  () => {
    const folder = temporaryFolder();
    plant(folder, { from: 'new', there: 'old' });
    fs.chmodSync(join(folder, 'from'), 0o600);
    asNobody(folder, () => {
      expect(() => fs.linkSync(join(folder, 'from'), join(folder, 'link'))).toThrow('EPERM');
      expect(() => runSynchronously(moveName(join(folder, 'from'), join(folder, 'there'), 'fail'))).toThrow(
        'EEXIST',
      );
      runSynchronously(moveName(join(folder, 'from'), join(folder, 'free'), 'fail'));
    });
    expect(everything(folder)).toEqual(['free', 'there']);
    expect(fs.readFileSync(join(folder, 'free'), 'utf8')).toBe('new');
  },
);

test.skipIf(!isRoot || process.platform !== 'linux')(
  'a name that was taken for a move that then failed is free again (needs Linux, root)',
  () => {
    const folder = temporaryFolder();
    plant(folder, { 'sticky/from': 'new' });
    fs.chmodSync(join(folder, 'sticky'), 0o1777);
    fs.chmodSync(join(folder, 'sticky/from'), 0o600);
    asNobody(folder, () => {
      // In a sticky directory only the owner may move a file away.
      expect(() =>
        runSynchronously(moveName(join(folder, 'sticky/from'), join(folder, 'free'), 'fail')),
      ).toThrow('EPERM');
    });
    expect(everything(folder)).toEqual(['sticky', 'sticky/from']);
  },
);
