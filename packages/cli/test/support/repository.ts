import { execFileSync } from 'node:child_process';
import { pathToFileURL } from 'node:url';
import { Workplace } from './command.ts';
import { copied } from './copied.ts';

/** Runs git with nothing of the machine's own configuration; gives what it printed. */
export function git(directory: string, ...args: string[]): string {
  return execFileSync('git', ['-C', directory, ...args], {
    encoding: 'utf8',
    env: { PATH: process.env.PATH, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' },
  }).trimEnd();
}

/** A bare repository `remote.git`, and two vaults of it, `ours` and `theirs`, each with a clone of its own. */
export async function twoClones(parameters = ''): Promise<Workplace> {
  return await copied(`clones${parameters}`, NAMING, () => makeTwoClones(parameters));
}

/** The same, with a text that both changed on one line, and a file that was deleted in one and changed in the other. */
export async function twoClonesInConflict(): Promise<Workplace> {
  return await copied('conflict', NAMING, makeConflict);
}

/** The same once `ours` has pulled, and the conflict stands. */
export async function twoClonesWithConflict(): Promise<Workplace> {
  return await copied('standing', NAMING, async () => {
    const place = await twoClonesInConflict();
    await place.f9(['pull', 'ours:']);
    return place;
  });
}

const NAMING = [
  '.config/config.json',
  ...['ours', 'theirs'].flatMap((name) => [`${name}/.git/config`, `${name}/.git/f9/origin`]),
];

async function makeTwoClones(parameters: string): Promise<Workplace> {
  const place = await Workplace.create();
  git(place.path, 'init', '--quiet', '--bare', '--initial-branch=main', 'remote.git');
  for (const name of ['ours', 'theirs']) {
    const remote = pathToFileURL(place.at('remote.git')).href;
    const path = encodeURIComponent(place.at(name));
    await place.ok(['vaults', 'add', name, `git+${remote}@main?path=${path}${parameters}`]);
  }
  return place;
}

async function makeConflict(): Promise<Workplace> {
  const place = await twoClones();
  const write = (location: string, text: string): Promise<unknown> =>
    place.ok(['write', '-f', location, '--text', text]);
  await write('ours:a.md', 'one\ntwo\nthree\nfour\n');
  await write('ours:b.md', 'b\n');
  await place.ok(['push', 'ours:']);
  await place.ok(['pull', 'theirs:']);
  await write('theirs:a.md', 'ONE\ntwo\nTHEIRS\nfour\n');
  await place.ok(['rm', 'theirs:b.md']);
  await place.ok(['push', 'theirs:']);
  await write('ours:a.md', 'one\ntwo\nOURS\nFOUR\n');
  await write('ours:b.md', 'B\n');
  return place;
}
