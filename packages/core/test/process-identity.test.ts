import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { hasEnded, ownIdentity, ownName } from '@f9/core/process';
import { expect, test } from 'vitest';

test('this process runs; its name says where', () => {
  expect(hasEnded(ownIdentity())).toBe(false);
  expect(ownName()).toContain(`pid ${process.pid}`);
});

test('a process that was killed has ended', async () => {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
  const theirs = { ...ownIdentity(), pid: child.pid!, started: '' };
  expect(hasEnded(theirs)).toBe(false);
  child.kill('SIGKILL');
  await once(child, 'exit');
  expect(hasEnded(theirs)).toBe(true);
});

test('a process of another machine, or of a container that counts its own, is not known to have ended', () => {
  expect(hasEnded({ pid: 2 ** 30, machine: 'another', started: '' })).toBe(false);
  expect(hasEnded({ ...ownIdentity(), pid: 2 ** 30 })).toBe(true);
});

const needsLinux = test.skipIf(process.platform !== 'linux');

needsLinux('a number that was given again is another process (needs Linux)', () => {
  expect(hasEnded({ ...ownIdentity(), started: '1' })).toBe(true);
});
