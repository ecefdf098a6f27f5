import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import { join, sep } from 'node:path';
import { type FileBackend, isFileBackendError } from '@f9/core';
import { LocalFileBackend } from '../src/index.ts';
import type { Swapping } from './children/swapper.ts';
import type { Report } from './report.ts';
import { file, isSameTree, plantTree, readTree, type Tree } from './tree.ts';
import { firstWordOf, type Workplace } from './workplace.ts';

const INSIDE = 'inside '.repeat(100);
const SECRET = 'secret '.repeat(50);
const DIRECTORY: Tree = { 'file.txt': file(INSIDE) };
const VAULT: Tree = { 'file.txt': file(INSIDE) };
/** What the symlinks lead to: the same names, and one that is only here. */
const OUTSIDE: Tree = {
  'file.txt': file(SECRET),
  'only-outside.txt': file(SECRET),
  nested: 'directory',
  'nested/file.txt': file(SECRET),
};

export interface RaceOptions {
  readonly seconds: number;
  /** Reads that must come to something. */
  readonly goodReads: number;
}

/** Works in a vault while another process swaps a directory and a file of it for symlinks that lead out. */
export async function proveSwappedSymlink(
  workplace: Workplace,
  report: Report,
  { seconds, goodReads }: RaceOptions,
): Promise<void> {
  report.section(`A directory and a file swapped for symlinks by another process, for ${seconds} s`);
  const row = report.table('io', 'done', 'good reads', 'refused', 'not there', 'escapes');
  for (const io of ['auto', 'async'] as const) {
    const race = new Race(workplace, io);
    await race.run((seconds * 1000) / 2, goodReads / 2);
    row(io, race.done, race.goodReads, race.refused, race.notThere, race.escapes.length);
    row(
      'control: realpath, then open',
      race.controlReads,
      race.controlReads - race.controlEscapes,
      '',
      '',
      race.controlEscapes,
    );
    report.breachAll(race.escapes.map((text) => `escaped (${io}): ${text}`));
    report.breachAll(race.unexpected.map((text) => `with swapped symlinks (${io}): ${text}`));
    if (race.goodReads < goodReads / 2)
      report.breach(`${io}: only ${race.goodReads} reads came to something`);
    if (race.controlEscapes === 0)
      report.breach(`${io}: the control never escaped, so nothing else would have`);
  }
}

/** How many times as long as it was told to, on a machine that is busy. */
const PATIENCE = 60;

type Job = readonly [name: string, run: (backend: FileBackend, n: number) => Promise<unknown>];

/** What each gives is looked at: nothing of it may be from outside. */
const FILE_JOBS: readonly Job[] = ['directory/file.txt', 'file.txt'].flatMap((path): Job[] => [
  [`read ${path}`, (backend) => backend.read(path, { binary: false })],
  [`read ${path} in chunks`, (backend) => Array.fromAsync(backend.streamRead(path, { binary: false }))],
  [`info of ${path}`, async (backend) => `${(await backend.info(path)).size} bytes`],
  [`checksum of ${path}`, (backend) => backend.checksum(path)],
  [`update ${path}`, (backend) => backend.update(path, { data: INSIDE })],
  [`append to ${path}`, (backend) => backend.update(path, { data: 'more', append: true })],
  [`streamWrite ${path}`, (backend) => backend.streamWrite(path, { chunkSource: [INSIDE], overwrite: true })],
  [`copy ${path}`, (backend) => backend.copy(path, 'copy.txt', { overwrite: true })],
]);
const DIRECTORY_JOBS: readonly Job[] = [
  ['list', async (backend) => (await Array.fromAsync(backend.list('directory'))).map(({ path }) => path)],
  ['glob', (backend) => backend.glob('directory/**')],
  ['create', (backend, n) => backend.create(`directory/new-${n}.txt`, { data: INSIDE })],
  ['create a directory', (backend, n) => backend.create(`directory/new-${n}`, { isDirectory: true })],
  ['move', (backend, n) => backend.move('directory/file.txt', `directory/moved-${n}.txt`)],
  ['move out of it', (backend) => backend.move('directory/file.txt', 'moved.txt', { overwrite: true })],
  ['move into it', (backend) => backend.move('moved.txt', 'directory/file.txt', { overwrite: true })],
  ['copy the directory', (backend) => backend.copy('directory', 'copy', { overwrite: true })],
  ['delete', (backend) => backend.delete('directory/file.txt')],
  ['create nested', (backend) => backend.create('directory/nested/file.txt', { data: INSIDE })],
  ['delete nested', (backend) => backend.delete('directory/nested', { recursive: true })],
  ['delete the directory', (backend) => backend.delete('directory', { recursive: true })],
  ['create again', (backend) => backend.create('directory/file.txt', { data: INSIDE, overwrite: true })],
];
/** Where something from outside would have gone to. */
const PLACES: readonly Job[] = ['copy.txt', 'moved.txt', 'copy/file.txt', 'copy/only-outside.txt'].map(
  (path) => [`look at ${path}`, (backend) => backend.read(path, { binary: false })],
);
const TRACES = [
  'secret',
  'only-outside',
  `${SECRET.length} bytes`,
  createHash('sha256').update(SECRET).digest('hex'),
];

/** Errors that say that a symlink leads out, or that something is not what or where it was. */
const REFUSALS = [
  'PATH_OUTSIDE_ROOT',
  'BUSY',
  'NOT_DIRECTORY',
  'ALREADY_EXISTS',
  'DIRECTORY_NOT_EMPTY',
  'IS_DIRECTORY',
];

class Race {
  readonly escapes: string[] = [];
  readonly unexpected: string[] = [];
  done = 0;
  goodReads = 0;
  refused = 0;
  notThere = 0;
  controlReads = 0;
  controlEscapes = 0;
  readonly #workplace: Workplace;
  readonly #io: 'auto' | 'async';
  readonly #folder: string;
  readonly #root: string;
  readonly #outside: string;

  constructor(workplace: Workplace, io: 'auto' | 'async') {
    this.#workplace = workplace;
    this.#io = io;
    this.#folder = workplace.newFolder();
    this.#root = join(this.#folder, 'vault');
    this.#outside = join(this.#folder, 'outside');
    plantTree(this.#root, VAULT);
    plantTree(this.#outside, OUTSIDE);
  }

  /** Goes on for a while where too little happened to prove anything. */
  async run(milliseconds: number, goodReads: number): Promise<void> {
    await using backend = await LocalFileBackend.open({ root: this.#root, io: this.#io, durability: 'none' });
    const swapping: Swapping = { folder: this.#folder, directory: DIRECTORY };
    const { args, env } = this.#workplace.command('swapper', swapping);
    const swapper = spawn(process.execPath, args, { env, stdio: ['pipe', 'pipe', 'inherit'] });
    try {
      await firstWordOf(swapper);
      const start = performance.now();
      const isTelling = (): boolean => this.goodReads >= goodReads && this.controlEscapes > 0;
      const isOver = (): boolean => {
        const time = performance.now() - start;
        return time > milliseconds && (isTelling() || time > milliseconds * PATIENCE);
      };
      for (let n = 0; !isOver(); n++) {
        for (const job of FILE_JOBS) await this.#try(backend, job, n);
        await this.#try(backend, DIRECTORY_JOBS[n % DIRECTORY_JOBS.length]!, n);
        await this.#try(backend, PLACES[n % PLACES.length]!, n);
      }
      if (swapper.exitCode !== null) this.unexpected.push(`the swapper ended with ${swapper.exitCode}`);
    } finally {
      swapper.kill('SIGKILL');
    }
  }

  async #try(backend: FileBackend, [name, run]: Job, n: number): Promise<void> {
    try {
      const result = JSON.stringify(await run(backend, n)) ?? '';
      this.done++;
      if (TRACES.some((trace) => result.includes(trace)))
        this.escapes.push(`${name} gave ${result.slice(0, 100)}`);
      else if (name.startsWith('read ')) this.goodReads++;
    } catch (error) {
      if (isFileBackendError(error, 'NOT_FOUND')) this.notThere++;
      else if (isFileBackendError(error) && REFUSALS.includes(error.code)) this.refused++;
      else this.unexpected.push(`${name}: ${error}`);
    }
    if (!isSameTree(readTree(this.#outside), OUTSIDE)) {
      this.escapes.push(`${name} changed what is outside`);
      fs.rmSync(this.#outside, { recursive: true });
      plantTree(this.#outside, OUTSIDE);
    }
    await this.#readNaively();
  }

  /** As one would: look where it leads, and then open it. */
  async #readNaively(): Promise<void> {
    try {
      const path = join(this.#root, 'directory/file.txt');
      if (!(await fs.promises.realpath(path)).startsWith(this.#root + sep)) return;
      this.controlReads++;
      if ((await fs.promises.readFile(path, 'utf8')) === SECRET) this.controlEscapes++;
    } catch {
      // It is not there at the moment.
    }
  }
}
