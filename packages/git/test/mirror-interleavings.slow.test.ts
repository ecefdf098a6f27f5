import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { join } from 'node:path';
import { type FileBackend, isFileBackendError, mirror, subdirectory } from '@f9/core';
import { LocalFileBackend } from '@f9/local';
import { expect, onTestFinished, test, vi } from 'vitest';
import { isLong } from '../../../scripts/test/daily.ts';
import type { GitSyncFileBackend } from '../src/index.ts';
import { git, temporaryFolder } from './repository.ts';
import { Vaults } from './vaults.ts';

// Two mirrors, two editors of which one gives up now and then, and a remote that somebody else writes to with plain git, in random order:
// whatever was acknowledged is somewhere after it, in a vault, the remote, a conflict, or under a ref that keeps what was given up.

const SEED = Number(process.env.F9_SEED ?? 1);
const STEPS = isLong ? 1500 : 80;

vi.setConfig({ testTimeout: isLong ? 1_200_000 : 120_000 });

/** Numbers from 0 to below `limit`, the same for the same seed. */
function randomNumbers(seed: number): (limit: number) => number {
  let state = seed >>> 0;
  return (limit) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
  };
}

/** What may be refused, after which nothing was acknowledged. */
const REFUSALS = [
  'BUSY',
  'PRECONDITION_FAILED',
  'NOT_FOUND',
  'ALREADY_EXISTS',
  'SYNC_CONFLICT',
  'LOCK_TIMEOUT',
];

async function unlessRefused(work: () => Promise<unknown>): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (error) {
    if (isFileBackendError(error) && REFUSALS.includes(error.code)) return false;
    throw error;
  }
}

/** Every object that a repository keeps by a name, and its working files, as text. */
function everything(repository: string): string {
  const objects = git(repository, 'rev-list', '--all', '--objects', '--no-object-names');
  return execFileSync('git', ['-C', repository, 'cat-file', '--batch'], {
    input: objects,
    encoding: 'latin1',
    maxBuffer: 1 << 30,
  });
}

async function textOfAll(vault: FileBackend): Promise<string> {
  const paths = await vault.globFiles('**', { dot: true });
  const texts = await Promise.all(paths.map((path) => vault.read(path, { binary: false })));
  return texts.join('\n');
}

async function conflictTexts(vault: GitSyncFileBackend): Promise<string> {
  const texts: string[] = [];
  for (const conflict of await vault.conflictReport()) {
    for (const side of ['local', 'remote'] as const) {
      texts.push(new TextDecoder().decode((await conflict.read(side)) ?? new Uint8Array()));
    }
  }
  return texts.join('\n');
}

interface Interleaved {
  readonly acknowledged: readonly string[];
  /** What was acknowledged and is nowhere. */
  readonly lost: readonly string[];
  /** Settles what is open, and mirrors once more. */
  rest(): Promise<void>;
}

/** @param sabotage what is done to a clone after its changes were given up */
async function interleave(
  seed: number,
  steps: number,
  sabotage: (clone: string) => void = () => undefined,
): Promise<Interleaved> {
  const random = randomNumbers(seed);
  const vaults = new Vaults();
  const [ours, theirs] = await vaults.two({ 'notes/n0.md': 'start\n' });
  const folder = (): LocalFileBackend => {
    const vault = new LocalFileBackend({ root: temporaryFolder(), durability: 'none' });
    onTestFinished(() => vault[Symbol.asyncDispose]());
    return vault;
  };
  const [inbox, shelf] = [folder(), folder()];
  const acknowledged: string[] = [];

  const lineOf = (who: string): string => `${who}-${acknowledged.length}-${random(1 << 30)}`;

  /** Adds a line that nobody else writes, or makes the file of it. */
  const write = async (vault: FileBackend, directory: string, who: string): Promise<void> => {
    const path = `${directory}n${random(5)}.md`;
    const line = lineOf(who);
    const isKept = await unlessRefused(async () => {
      if (await vault.exists(path)) await vault.update(path, { data: `${line}\n`, append: true });
      else await vault.create(path, { data: `${line}\n` });
    });
    if (isKept) acknowledged.push(line);
  };
  /** Puts a line before all others, of the version that is there. */
  const edit = async (vault: FileBackend, path: string, who: string): Promise<void> => {
    const line = lineOf(who);
    const before = (bytes: Uint8Array): Uint8Array => Buffer.concat([Buffer.from(`${line}\n`), bytes]);
    if (await unlessRefused(() => vault.edit(path, before))) acknowledged.push(line);
  };
  /** Somebody without f9; what the remote did not take was not acknowledged. */
  const rival = join(vaults.folder, 'rival');
  git(vaults.folder, 'clone', '--quiet', vaults.remote, rival);
  const commitPlainly = async (): Promise<void> => {
    const line = lineOf('plain');
    git(rival, 'fetch', '--quiet');
    git(rival, 'reset', '--quiet', '--hard', 'origin/main');
    fs.mkdirSync(join(rival, 'notes'), { recursive: true });
    fs.appendFileSync(join(rival, 'notes', `n${random(5)}.md`), `${line}\n`);
    git(rival, 'add', '--all');
    git(rival, 'commit', '--quiet', '--message', 'By hand');
    try {
      git(rival, 'push', '--quiet');
      acknowledged.push(line);
    } catch {
      // Somebody was faster.
    }
  };
  const rename = (vault: FileBackend, directory: string): Promise<unknown> =>
    unlessRefused(() =>
      vault.move(`${directory}n${random(5)}.md`, `${directory}sub/n${random(5)}.md`, { overwrite: false }),
    );
  const settle = async (vault: GitSyncFileBackend): Promise<void> => {
    for (const { path } of await vault.conflictReport()) {
      await unlessRefused(() => vault.conflictKeepBoth(path));
    }
  };
  const actions: readonly (() => Promise<unknown>)[] = [
    () => write(ours, 'notes/', 'ours'),
    () => write(ours, 'notes/', 'ours'),
    () => write(theirs, 'notes/', 'theirs'),
    () => write(inbox, '', 'inbox'),
    () => rename(ours, 'notes/'),
    () => rename(inbox, ''),
    () => unlessRefused(() => theirs.sync()),
    () => unlessRefused(() => ours.sync()),
    () => settle(ours),
    () => settle(theirs),
    () => edit(ours, `notes/n${random(5)}.md`, 'ours'),
    () => edit(inbox, `n${random(5)}.md`, 'inbox'),
    () => commitPlainly(),
    async () => {
      await unlessRefused(() => theirs.abandonLocalChanges());
      sabotage(vaults.at('theirs'));
    },
    // Out of the git vault, and into a folder of it that nobody else writes.
    () => unlessRefused(() => mirror(ours, shelf, { prune: 'even-if-empty', pull: random(2) === 0 })),
    () => unlessRefused(() => mirror(inbox, subdirectory(ours, 'imported'), { prune: 'even-if-empty' })),
  ];

  const running = new Set<Promise<unknown>>();
  for (let step = 0; step < steps; step++) {
    const action = actions[random(actions.length)]!();
    running.add(action);
    action.then(
      () => running.delete(action),
      () => undefined,
    );
    // Up to four at the same time.
    while (running.size > random(4)) await Promise.race(running);
  }
  await Promise.all(running);

  const places = [
    everything(vaults.remote),
    everything(vaults.at('ours')),
    everything(vaults.at('theirs')),
    await textOfAll(ours),
    await textOfAll(theirs),
    await textOfAll(inbox),
    await conflictTexts(ours),
    await conflictTexts(theirs),
  ].join('\n');
  return {
    acknowledged,
    lost: acknowledged.filter((line) => !places.includes(line)),
    rest: async () => {
      await settle(ours);
      const last = await mirror(ours, shelf, { prune: 'even-if-empty', pull: false });
      expect(last.failed).toEqual([]);
      // The shelf holds what the vault does.
      const again = await mirror(ours, shelf, { pull: false });
      expect(again.unchanged).toEqual(await ours.globFiles('**', { dot: true }));
    },
  };
}

test(`whatever was acknowledged is somewhere (seed ${SEED})`, async () => {
  const { acknowledged, lost, rest } = await interleave(SEED, STEPS);
  expect(lost).toEqual([]);
  expect(acknowledged.length).toBeGreaterThan(STEPS / 8);
  await rest();
});

test('a rescue that keeps nothing is caught', async () => {
  const forget = (clone: string): void => {
    const refs = git(clone, 'for-each-ref', '--format=%(refname)', 'refs/f9/rescue').split('\n');
    for (const ref of refs.filter(Boolean)) git(clone, 'update-ref', '-d', ref);
  };
  // Whether something was given up that nobody else had is up to chance.
  for (let seed = SEED; seed < SEED + 10; seed++) {
    if ((await interleave(seed, 60, forget)).lost.length > 0) return;
  }
  expect.fail('Nothing was lost, so that nothing would be noticed');
});
