import {
  closeSync,
  promises as fs,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { Disk } from 'flydrive';
import { FSDriver } from 'flydrive/drivers/fs';
import { Operator } from 'opendal';
import { createStorage } from 'unstorage';
import fsDriver from 'unstorage/drivers/fs';
import { LocalFileBackend } from '../../packages/local/src/index.ts';
import { makeData, makeFolder } from '../fixtures.ts';
import type { Job } from '../harness.ts';

/** Operations of a round: what takes a few microseconds needs more of them, or a round measures what the garbage collection left. */
const OPERATIONS = 2000;
const FAST_OPERATIONS = 20_000;
const KIB = makeData(1024);

/** Runs `body` one after another, `operations` times. */
function repeat(operations: number, body: () => unknown): { run(): Promise<void>; operations: number } {
  return {
    operations,
    run: async () => {
      for (let i = 0; i < operations; i++) await body();
    },
  };
}

const readSmall: Job = {
  name: 'local: read 1 KiB',
  async prepare(scale) {
    const folder = makeFolder();
    const file = join(folder.path, 'file.bin');
    writeFileSync(file, KIB);
    const vault = await LocalFileBackend.open({ root: folder.path });
    const storage = createStorage({ driver: fsDriver({ base: folder.path }) });
    const disk = new Disk(new FSDriver({ location: folder.path, visibility: 'public' }));
    const operator = new Operator('fs', { root: folder.path });
    const n = scale.size(OPERATIONS);
    const fast = scale.size(FAST_OPERATIONS);
    return {
      variants: {
        f9: repeat(fast, () => vault.read('file.bin')),
        readFileSync: repeat(fast, () => readFileSync(file)),
        'fs.promises.readFile': repeat(n, () => fs.readFile(file)),
        unstorage: repeat(n, () => storage.getItemRaw('file.bin')),
        flydrive: repeat(n, () => disk.getBytes('file.bin')),
        opendal: repeat(n, () => operator.read('file.bin')),
      },
      goals: [
        { variant: 'f9', against: 'fs.promises.readFile', atMost: 0.3 },
        { variant: 'f9', against: 'readFileSync', atMost: 2.5 },
      ],
      async dispose() {
        await vault[Symbol.asyncDispose]();
        folder.remove();
      },
    };
  },
};

const info: Job = {
  name: 'local: info',
  async prepare(scale) {
    const folder = makeFolder();
    const file = join(folder.path, 'file.bin');
    writeFileSync(file, KIB);
    const vault = await LocalFileBackend.open({ root: folder.path });
    const operator = new Operator('fs', { root: folder.path });
    const n = scale.size(OPERATIONS);
    return {
      variants: {
        f9: repeat(scale.size(FAST_OPERATIONS), () => vault.info('file.bin')),
        'fs.promises.stat': repeat(n, () => fs.stat(file)),
        opendal: repeat(n, () => operator.stat('file.bin')),
      },
      goals: [{ variant: 'f9', against: 'fs.promises.stat', atMost: 0.8 }],
      async dispose() {
        await vault[Symbol.asyncDispose]();
        folder.remove();
      },
    };
  },
};

function replaceJob(where: 'tmpfs' | 'disk'): Job {
  return {
    name: `local: replace 1 KiB on ${where}, durability none`,
    async prepare(scale) {
      const folder = makeFolder(where);
      const file = join(folder.path, 'file.bin');
      const plain = join(folder.path, 'plain.bin');
      const temporary = `${file}.tmp`;
      writeFileSync(file, KIB);
      writeFileSync(plain, KIB);
      const vault = await LocalFileBackend.open({ root: folder.path, durability: 'none' });
      const storage = createStorage({ driver: fsDriver({ base: folder.path }) });
      const disk = new Disk(new FSDriver({ location: folder.path, visibility: 'public' }));
      const n = scale.size(where === 'tmpfs' ? OPERATIONS : 500);
      return {
        variants: {
          f9: repeat(n, () => vault.update('file.bin', { data: KIB })),
          'synchronous temp + rename': repeat(n, () => {
            writeFileSync(temporary, KIB);
            renameSync(temporary, plain);
          }),
          'fs.promises.writeFile (torn by a crash)': repeat(n, () => fs.writeFile(plain, KIB)),
          'unstorage (torn by a crash)': repeat(n, () => storage.setItemRaw('u.bin', KIB)),
          'flydrive (torn by a crash)': repeat(n, () => disk.put('d.bin', KIB)),
        },
        goals: [
          where === 'tmpfs'
            ? { variant: 'f9', against: 'fs.promises.writeFile (torn by a crash)', atMost: 0.7 }
            : { variant: 'f9', against: 'synchronous temp + rename', atMost: 1.4 },
        ],
        async dispose() {
          await vault[Symbol.asyncDispose]();
          folder.remove();
        },
      };
    },
  };
}

const replaceOnTmpfs: Job = replaceJob('tmpfs');
const replaceOnDisk: Job = replaceJob('disk');

/** What it costs to be kept from a power cut: the file is flushed before it has its name, the directory after. */
const durability: Job = {
  name: 'local: replace 1 KiB on disk, by durability',
  rounds: 8,
  async prepare(scale) {
    const folder = makeFolder();
    const open = (name: string, durability: 'none' | 'fsync') =>
      LocalFileBackend.open({ root: join(folder.path, name), durability });
    const [none, flushed] = [await open('none', 'none'), await open('fsync', 'fsync')];
    const plain = join(folder.path, 'plain');
    mkdirSync(plain);
    const names = Array.from({ length: 32 }, (_, i) => `file-${i}.bin`);
    const write = (vault: LocalFileBackend, name: string) =>
      vault.create(name, { data: KIB, overwrite: true });
    const n = scale.size(100);
    return {
      variants: {
        none: repeat(n, () => write(none, 'file.bin')),
        fsync: repeat(n, () => write(flushed, 'file.bin')),
        'fsync, 32 at once': {
          operations: names.length,
          run: () => Promise.all(names.map((name) => write(flushed, name))),
        },
        'synchronous temp + fsync + rename + fsync of the directory': repeat(n, () => {
          writeFileSync(join(plain, 'temporary'), KIB, { flush: true });
          renameSync(join(plain, 'temporary'), join(plain, 'file.bin'));
          const directory = openSync(plain, 'r');
          fsyncSync(directory);
          closeSync(directory);
        }),
      },
      async dispose() {
        await none[Symbol.asyncDispose]();
        await flushed[Symbol.asyncDispose]();
        folder.remove();
      },
    };
  },
};

export const jobs: readonly Job[] = [readSmall, info, replaceOnTmpfs, replaceOnDisk, durability];
