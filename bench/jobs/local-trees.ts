import { hash } from 'node:crypto';
import { promises as fs } from 'node:fs';
import { join } from 'node:path';
import fastGlob from 'fast-glob';
import { fdir } from 'fdir';
import { Operator } from 'opendal';
import { glob as tinyglob } from 'tinyglobby';
import { LocalFileBackend } from '../../packages/local/src/index.ts';
import { forgetChecksums, makeData, makeFolder, makeTree } from '../fixtures.ts';
import type { Job } from '../harness.ts';

const FILES = 100_000;

const list: Job = {
  name: 'local: list 100,000 files',
  rounds: 8,
  async prepare(scale) {
    const folder = makeFolder();
    makeTree(folder.path, scale.size(FILES));
    const vault = await LocalFileBackend.open({ root: folder.path });
    const operator = new Operator('fs', { root: folder.path });
    return {
      variants: {
        f9: {
          run: async () => {
            let count = 0;
            for await (const entry of vault.list('/', { recursive: true })) count += entry.isDir ? 0 : 1;
            return count;
          },
        },
        fdir: { run: () => new fdir().withRelativePaths().crawl(folder.path).withPromise() },
        'readdir({ recursive })': {
          run: () => fs.readdir(folder.path, { recursive: true }),
        },
        opendal: { run: () => operator.list('/', { recursive: true }) },
      },
      goals: [
        { variant: 'f9', against: 'fdir', atMost: 1.2 },
        { variant: 'f9', against: 'readdir({ recursive })', atMost: 0.25 },
      ],
      async dispose() {
        await vault[Symbol.asyncDispose]();
        folder.remove();
      },
    };
  },
};

const glob: Job = {
  name: 'local: glob over 100,000 files',
  rounds: 8,
  async prepare(scale) {
    const folder = makeFolder();
    makeTree(folder.path, scale.size(FILES));
    const vault = await LocalFileBackend.open({ root: folder.path });
    const cwd = folder.path;
    return {
      variants: {
        'f9 **/*.ts': { run: () => vault.glob('**/*.ts') },
        'fast-glob **/*.ts': { run: () => fastGlob.glob('**/*.ts', { cwd }) },
        'tinyglobby **/*.ts': { run: () => tinyglob('**/*.ts', { cwd }) },
        'f9 d1/e*/*.ts': { run: () => vault.glob('d1/e*/*.ts') },
        'fast-glob d1/e*/*.ts': { run: () => fastGlob.glob('d1/e*/*.ts', { cwd }) },
        'tinyglobby d1/e*/*.ts': { run: () => tinyglob('d1/e*/*.ts', { cwd }) },
      },
      goals: [
        { variant: 'f9 **/*.ts', against: 'fast-glob **/*.ts', atMost: 0.6 },
        { variant: 'f9 d1/e*/*.ts', against: 'tinyglobby d1/e*/*.ts', atMost: 1.3 },
      ],
      async dispose() {
        await vault[Symbol.asyncDispose]();
        folder.remove();
      },
    };
  },
};

const checksumMany: Job = {
  name: 'local: checksumMany of 10,000 files of 4 KiB',
  rounds: 8,
  async prepare(scale) {
    const folder = makeFolder();
    const paths = makeTree(folder.path, scale.size(10_000), makeData(4096));
    // A new backend each time: nothing is remembered from the round before.
    return {
      variants: {
        f9: {
          before: forgetChecksums,
          run: async () => {
            await using vault = new LocalFileBackend({ root: folder.path });
            return await vault.checksumMany(paths);
          },
        },
        'fs.promises + crypto.hash, 16 at a time': {
          run: async () => {
            const queue = paths.values();
            const worker = async (): Promise<void> => {
              for (const path of queue) hash('sha256', await fs.readFile(join(folder.path, path)));
            };
            await Promise.all(Array.from({ length: 16 }, worker));
          },
        },
      },
      goals: [{ variant: 'f9', against: 'fs.promises + crypto.hash, 16 at a time', atMost: 0.25 }],
      async dispose() {
        folder.remove();
      },
    };
  },
};

/** Time per file at 1k, 10k and 100k files; linear means that it does not grow. */
const growth: Job = {
  name: 'local: cost per file grows linearly',
  rounds: 4,
  async prepare(scale) {
    const sizes = scale.quick ? [100, 1000, 10_000] : [1000, 10_000, 100_000];
    const vaults = await Promise.all(
      sizes.map(async (size) => {
        const folder = makeFolder();
        const paths = makeTree(folder.path, size, 'x');
        return { size, folder, paths, vault: await LocalFileBackend.open({ root: folder.path }) };
      }),
    );
    const variants = vaults.flatMap(
      ({ size, paths, vault }) =>
        [
          [
            `list, ${size} files, per file`,
            { operations: size, run: () => Array.fromAsync(vault.list('/', { recursive: true })) },
          ],
          [`glob **/*.ts, ${size} files, per file`, { operations: size, run: () => vault.glob('**/*.ts') }],
          [
            `checksumMany, ${size} files, per file`,
            { operations: size, run: () => vault.checksumMany(paths) },
          ],
          [
            `info, ${size} files, per file`,
            {
              operations: size,
              run: async () => {
                for (const path of paths) await vault.info(path);
              },
            },
          ],
        ] as const,
    );
    const [small, , large] = sizes;
    return {
      variants: Object.fromEntries(variants),
      goals: ['list', 'glob **/*.ts', 'checksumMany', 'info'].map((name) => ({
        variant: `${name}, ${large} files, per file`,
        against: `${name}, ${small} files, per file`,
        atMost: 1.2,
      })),
      async dispose() {
        for (const { vault, folder } of vaults) {
          await vault[Symbol.asyncDispose]();
          folder.remove();
        }
      },
    };
  },
};

export const jobs: readonly Job[] = [list, glob, checksumMany, growth];
