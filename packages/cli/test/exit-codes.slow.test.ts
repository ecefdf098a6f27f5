// Every exit code of the table, by a run that ends with it. 130 and 143 are proven in process.test.ts, 141 in closed-pipe.slow.test.ts.
import { readdir } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import { backendError } from '@f9/core/driver';
import { GitSyncFileBackend } from '@f9/git';
import { expect, test } from 'vitest';
import { daily, isLong } from '../../../scripts/test/daily.ts';
import { EXIT } from '../src/index.ts';
import { complaintOf } from '../src/terminal/errors.ts';
import { Workplace } from './support/command.ts';
import { twoClones, twoClonesInConflict, twoClonesWithConflict } from './support/repository.ts';
import { Spawned, spawnF9 } from './support/spawned.ts';

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

/** Runs of processes, in a place where `ours` has a conflict. */
const AS_PROCESSES: readonly (readonly [number, readonly string[]])[] = [
  [EXIT.ok, ['ls', 'n']],
  [EXIT.failed, ['check', 'n', 'other']],
  [EXIT.usage, ['mirorr']],
  [EXIT.conflicts, ['conflicts', 'ours:']],
  [EXIT.notFound, ['cat', 'n/nothing.md']],
  [EXIT.partly, ['cat', 'n/a.md', 'n/nothing.md']],
  [EXIT.denied, ['ls', 'openai+vector://vs_1']],
  // Nothing listens there.
  [EXIT.tryAgain, ['ls', 'git+http://127.0.0.1:9/r@main?allow_insecure=true&path=away']],
  [EXIT.occupied, ['write', 'n/a.md', '--text', 'again']],
];

/** Each day the one that only a process proves, and others each time. */
const [away, others] = [
  AS_PROCESSES.filter(([code]) => code === EXIT.tryAgain),
  AS_PROCESSES.filter(([code]) => code !== EXIT.tryAgain),
];

test.concurrent.each([...away, ...daily(others, 2)])(
  '%i, as a process: %j (needs git)',
  async (code, argv) => {
    await using place = await (code === EXIT.conflicts ? twoClonesWithConflict() : Workplace.create());
    for (const [path, text] of Object.entries({ ...FILES, 'other/c.md': '' })) await place.write(path, text);
    const { code: ended, stderr } = await spawnF9(argv, place.path, { env: { F9_CONFIG: place.configPath } });
    expect(ended, stderr).toBe(code);
  },
);

test('3 where a pull meets a conflict (needs git)', async () => {
  await using place = await twoClonesInConflict();
  expect((await place.f9(['pull', 'ours:'])).code).toBe(EXIT.conflicts);
});

test('7 where somebody else holds the vault', async () => {
  const held = backendError('LOCK_TIMEOUT', 'Waited 0 ms for the session of the local backend');
  expect(complaintOf(held).exitCode).toBe(EXIT.tryAgain);
});

// It waits for half a minute, as the library does.
if (isLong)
  test('7 where somebody else holds the vault, as a run', async () => {
    await using place = await twoClones();
    const remoteUrl = pathToFileURL(place.at('remote.git')).href;
    await using holder = new GitSyncFileBackend({ remoteUrl, branch: 'main', path: place.at('ours') });
    await holder.syncSession(async () => {
      const { code, stderr } = await place.f9(['pull', 'ours:']);
      expect(code, stderr).toBe(EXIT.tryAgain);
      expect(stderr).toContain('LOCK_TIMEOUT');
    });
  });

test('129 where the terminal is closed', async () => {
  await using place = await Workplace.create();
  const { child, ended } = new Spawned(['write', 'a.md'], place.path);
  child.stdin.write('half');
  await expect.poll(() => readdir(place.at('.f9')).catch(() => [])).not.toEqual([]);
  child.kill('SIGHUP');
  expect((await ended).code).toBe(EXIT.hangup);
});
