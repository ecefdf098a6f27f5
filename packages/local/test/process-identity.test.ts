import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, test } from 'vitest';
import { fateOf, ownerOf, ownName, thisThread } from '../src/state/process-identity.ts';

test('a name tells whose it is, and no name is given twice', () => {
  const names = Array.from({ length: 100 }, ownName);
  expect(new Set(names).size).toBe(100);
  expect(ownerOf(names[0]!)).toEqual(thisThread());
  for (const name of [
    'notes.md',
    '',
    'session.lock',
    '0123456789ab.1.1.',
    `${names[0]}.tmp`,
    `x${names[0]}`,
  ]) {
    expect(ownerOf(name), name).toBe(undefined);
  }
});

test('this process runs; on another machine nothing is known', () => {
  expect(fateOf(thisThread())).toBe('running');
  expect(fateOf({ ...thisThread(), machine: '0123456789ab' })).toBe('unknown');
});

test('a process that ended is gone', async () => {
  const child = spawn(process.execPath, ['-e', '']);
  const { pid } = child;
  await once(child, 'exit');
  expect(fateOf({ ...thisThread(), pid: pid! })).toBe('gone');
});

describe.skipIf(process.platform !== 'linux')('where /proc tells of processes (needs Linux)', () => {
  test('a process that was given the number of one that ended is another one', () => {
    const { startedAt } = thisThread();
    expect(Number(startedAt)).toBeGreaterThan(0);
    expect(fateOf({ ...thisThread(), startedAt: String(Number(startedAt) - 1) })).toBe('gone');
  });

  test('a process that ended and that nobody waited for is gone', async () => {
    // The shell starts a child and becomes a program that never asks for it.
    const shell = spawn('sh', ['-c', 'sh -c "echo \\$\\$" & exec sleep 5'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const [line] = (await once(shell.stdout!, 'data')) as [Buffer];
    const pid = Number(line.toString());
    try {
      await expect.poll(() => fateOf({ ...thisThread(), pid, startedAt: startOf(pid) })).toBe('gone');
    } finally {
      shell.kill('SIGKILL');
    }
  });

  test('the process of another user is seen to run', () => {
    // The first process of all belongs to root.
    expect(fateOf({ ...thisThread(), pid: 1, startedAt: startOf(1) })).toBe('running');
  });
});

function startOf(pid: number): string {
  const { readFileSync } = process.getBuiltinModule('node:fs');
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]!;
}
