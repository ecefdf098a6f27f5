import fs from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { Kept } from '../src/clone/kept.ts';
import { temporaryFolder } from './repository.ts';

test('what was read of a file is kept until the file changes; not while a change might look the same', () => {
  const path = join(temporaryFolder(), 'file');
  const read = vi.fn(() => (fs.existsSync(path) ? fs.readFileSync(path, 'utf8') : undefined));
  const kept = new Kept(path, read);
  const get = (): readonly [value: string | undefined, reads: number] => [kept.get(), read.mock.calls.length];
  expect(get()).toEqual([undefined, 1]);
  fs.writeFileSync(path, 'one');
  const { ctimeMs } = fs.statSync(path);
  vi.useFakeTimers({ toFake: ['Date'], now: ctimeMs });
  onTestFinished(() => void vi.useRealTimers());
  expect(get()).toEqual(['one', 2]);
  expect(get()).toEqual(['one', 3]);
  vi.setSystemTime(ctimeMs + 2001);
  expect(get()).toEqual(['one', 4]);
  expect(get()).toEqual(['one', 4]);
  fs.writeFileSync(path, 'three');
  expect(get()).toEqual(['three', 5]);
  fs.rmSync(path);
  expect(get()).toEqual([undefined, 6]);
});
