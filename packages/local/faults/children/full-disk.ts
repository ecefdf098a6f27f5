import fs from 'node:fs';
import { join } from 'node:path';
import { type FileBackend, isFileBackendError } from '@f9/core';
import { LocalFileBackend } from '../../src/index.ts';
import { STATE } from '../operations.ts';
import { describeTree, file, isSameTree, plantTree, readTree, type Tree } from '../tree.ts';
import { isKept } from '../verdict.ts';

// Writers on a disk of 1 MB that is mounted where this process is told, until nothing fits any more.

/** A line of its output. */
export interface FullDiskResult {
  readonly job: string;
  readonly io: string;
  /** The code of the error, or that there was none. */
  readonly code: string;
  readonly breaches: readonly string[];
}

const KILOBYTE = 1024;
const OLD: Tree = { 'file.txt': file('old!'.repeat(75 * KILOBYTE), 0o640) };
const TOO_MUCH = 'new!'.repeat(225 * KILOBYTE);

async function* chunks(): AsyncGenerator<string> {
  for (let offset = 0; offset < TOO_MUCH.length; offset += 10_000)
    yield TOO_MUCH.slice(offset, offset + 10_000);
}

interface Job {
  readonly name: string;
  /** How many bytes something else takes of the disk. */
  readonly taken?: number;
  run(backend: FileBackend, root: string): Promise<unknown>;
}

const JOBS: readonly Job[] = [
  { name: 'update', run: (backend) => backend.update('file.txt', { data: TOO_MUCH }) },
  { name: 'create', run: (backend) => backend.create('new/directory/new.txt', { data: TOO_MUCH }) },
  { name: 'append', run: (backend) => backend.update('file.txt', { data: TOO_MUCH, append: true }) },
  { name: 'append a stream', run: (backend) => backend.update('file.txt', { data: chunks(), append: true }) },
  {
    name: 'streamWrite',
    run: (backend) => backend.streamWrite('file.txt', { chunkSource: chunks(), overwrite: true }),
  },
  { name: 'copy', taken: 600 * KILOBYTE, run: (backend) => backend.copy('file.txt', 'copy.txt') },
  {
    name: 'create, not a byte free',
    taken: Infinity,
    run: (backend) => backend.create('new.txt', { data: 'x' }),
  },
];

const CONTROL: Job = {
  name: 'control: writeFile in place',
  taken: 400 * KILOBYTE,
  run: (_backend, root) => fs.promises.writeFile(join(root, 'file.txt'), TOO_MUCH),
};

const disk: string = JSON.parse(process.argv[2]!);
process.umask(0o022);
for (const io of ['auto', 'async'] as const) {
  for (const job of [...JOBS, CONTROL]) console.log(JSON.stringify(await fill(job, io)));
}

async function fill({ name, taken = 0, run }: Job, io: 'auto' | 'async'): Promise<FullDiskResult> {
  const [root, ballast] = [join(disk, 'vault'), join(disk, 'ballast')];
  plantTree(root, OLD);
  await using backend = await LocalFileBackend.open({ root, io });
  // Makes the state directory.
  await backend.create('first.txt');
  await backend.delete('first.txt');
  take(ballast, taken);
  const free = fs.statfsSync(disk).bfree;

  const breaches: string[] = [];
  let code = 'none';
  try {
    await run(backend, root);
  } catch (error) {
    code = isFileBackendError(error) ? error.code : `untyped ${(error as NodeJS.ErrnoException).code}`;
  }
  if (code !== 'NO_SPACE') breaches.push(`the error is ${code}`);
  const all = readTree(root);
  const isLeft = (path: string): boolean => path !== STATE && !isKept(path, all);
  const tree = Object.fromEntries(Object.entries(all).filter(([path]) => isLeft(path)));
  if (!isSameTree(tree, OLD)) breaches.push(`not as before: ${describeTree(tree)}`);
  if (fs.statfsSync(disk).bfree !== free)
    breaches.push(`${free - fs.statfsSync(disk).bfree} blocks are lost`);

  // What takes no space works, and so does everything once there is some.
  await backend.move('file.txt', 'moved.txt');
  await backend.delete('moved.txt');
  fs.rmSync(ballast, { force: true });
  await backend.create('file.txt', { data: TOO_MUCH.slice(0, 1000) });
  fs.rmSync(root, { recursive: true });
  return { job: name, io, code, breaches };
}

/** Fills the disk with so many bytes, or with all that it takes. */
function take(path: string, bytes: number): void {
  const fd = fs.openSync(path, 'w');
  const block = Buffer.alloc(4 * KILOBYTE);
  try {
    for (let taken = 0; taken < bytes; ) taken += fs.writeSync(fd, block);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
  } finally {
    fs.closeSync(fd);
  }
}
