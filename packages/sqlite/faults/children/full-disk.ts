import { copyFileSync, mkdirSync, readdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { isFileBackendError } from '@f9/core';
import { SqliteFileBackend } from '../../src/index.ts';
import { indexedIn, indexOf } from '../../test/index-contents.ts';

// A vault on a disk of 1 MB that is mounted where this process is told, with no page left, with one, and so on until a write fits.

export interface FullDisk {
  readonly disk: string;
  /** An empty folder on another disk. */
  readonly folder: string;
}

/** A line of its output. */
export interface FullDiskResult {
  readonly job: string;
  /** Attempts that found no room, each with a page more. */
  readonly refused: number;
  /** Pages with which it was done. */
  readonly pages: number;
  readonly breaches: readonly string[];
}

const { disk, folder }: FullDisk = JSON.parse(process.argv[2]!);
const PAGE = statfsSync(disk).bsize;
const KEPT = new Map([
  ['a.md', '# A\n\nThe kingfisher dives.\n'],
  ['b.md', 'heron '.repeat(2000)],
]);
const WRITTEN = 'crane '.repeat(2000);
const template = join(folder, 'template.db');
{
  await using vault = new SqliteFileBackend({ path: template });
  for (const [name, data] of KEPT) await vault.create(name, { data });
}

for (const isOpenBefore of [true, false]) {
  const job = `a write, ${isOpenBefore ? 'to an open vault' : 'opening included'}`;
  const breaches: string[] = [];
  for (let pages = 0; ; pages++) {
    const isDone = await attempt(isOpenBefore, pages, (text) =>
      breaches.push(`${job}, ${pages} pages left: ${text}`),
    );
    if (!isDone) continue;
    console.log(JSON.stringify({ job, refused: pages, pages, breaches } satisfies FullDiskResult));
    break;
  }
}

/** Writes where so many pages are left, and looks at the vault then and once there is room. */
async function attempt(
  isOpenBefore: boolean,
  pages: number,
  breach: (text: string) => void,
): Promise<boolean> {
  for (const name of readdirSync(disk)) rmSync(join(disk, name), { recursive: true });
  const place = join(disk, 'place');
  mkdirSync(place);
  const path = join(place, 'vault.db');
  copyFileSync(template, path);
  const vault = new SqliteFileBackend({ path });
  // The log of the transactions is there as well.
  if (isOpenBefore) await vault.update('a.md', { data: KEPT.get('a.md')! });
  const ballast = join(disk, 'ballast');
  writeFileSync(ballast, new Uint8Array(Math.max(0, statfsSync(disk).bfree - pages) * PAGE));

  const write = async (): Promise<unknown> => {
    try {
      await vault.create('b.md', { data: WRITTEN, overwrite: true });
      return undefined;
    } catch (error) {
      return error;
    }
  };
  const error = await write();
  const isDone = error === undefined;
  if (!isDone && !isFileBackendError(error, 'NO_SPACE')) breach(`no NO_SPACE but ${inspect(error)}`);
  const wanted = new Map([...KEPT, ...(isDone ? [['b.md', WRITTEN] as const] : [])]);
  if (isOpenBefore && (await vault.read('b.md', { binary: false })) !== wanted.get('b.md'))
    breach('what was there cannot be read while the disk is full');
  rmSync(ballast);
  await assertHas(vault, path, wanted, breach);
  if (!isDone && (await write()) !== undefined) breach('cannot be written once there is room');
  await vault.close();
  await using reopened = new SqliteFileBackend({ path });
  await assertHas(reopened, path, new Map([...KEPT, ['b.md', WRITTEN]]), breach);
  return isDone;
}

async function assertHas(
  vault: SqliteFileBackend,
  path: string,
  wanted: ReadonlyMap<string, string>,
  breach: (text: string) => void,
): Promise<void> {
  for (const [name, text] of wanted) {
    if ((await vault.read(name, { binary: false })) !== text) breach(`${name} is another`);
  }
  for (const problem of (await vault.check()).problems) breach(problem);
  if (JSON.stringify(indexedIn(path)) !== JSON.stringify(indexOf(wanted)))
    breach('its words are not those of its files');
}
