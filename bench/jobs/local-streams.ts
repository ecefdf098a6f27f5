import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  closeSync,
  createReadStream,
  promises as fs,
  fsyncSync,
  openSync,
  readdirSync,
  readSync,
  unlinkSync,
  writeFileSync,
  writevSync,
} from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { LocalFileBackend } from '../../packages/local/src/index.ts';
import { forgetChecksums, makeData, makeFolder } from '../fixtures.ts';
import type { Figure, Job } from '../harness.ts';

const GIB = 2 ** 30;
const MIB = 2 ** 20;
const CHUNK = 8192;

function writeBig(path: string, bytes: number): void {
  const block = makeData(MIB);
  const fd = openSync(path, 'w');
  for (let written = 0; written < bytes; written += block.length) writevSync(fd, [block]);
  fsyncSync(fd);
  closeSync(fd);
}

const streamRead: Job = {
  name: 'local: streamRead 1 GiB in 8 KiB chunks',
  rounds: 6,
  async prepare(scale) {
    const folder = makeFolder();
    const file = join(folder.path, 'big.bin');
    const bytes = scale.size(GIB);
    writeBig(file, bytes);
    const vault = await LocalFileBackend.open({ root: folder.path });
    return {
      variants: {
        f9: {
          run: async () => {
            let total = 0;
            for await (const chunk of vault.streamRead('big.bin')) total += chunk.length;
            return total;
          },
        },
        'readSync loop, 1 MiB blocks': {
          run: () => {
            const buffer = Buffer.allocUnsafe(MIB);
            const fd = openSync(file, 'r');
            while (readSync(fd, buffer) > 0);
            closeSync(fd);
          },
        },
        'createReadStream, 8 KiB': {
          run: async () => {
            let total = 0;
            for await (const chunk of createReadStream(file, { highWaterMark: CHUNK })) total += chunk.length;
            return total;
          },
        },
        'read it whole (fs.promises.readFile)': { run: () => fs.readFile(file) },
      },
      goals: [
        { variant: 'f9', against: 'readSync loop, 1 MiB blocks', atMost: 4 },
        { variant: 'f9', against: 'createReadStream, 8 KiB', timesFaster: 3 },
        { variant: 'f9', against: 'read it whole (fs.promises.readFile)', atMost: 1 },
      ],
      async figures() {
        const bare = await peakMemory('');
        const loaded = await peakMemory("await import('@f9/local');");
        const streaming = await peakMemory(program('streamRead', folder.path));
        const whole = await peakMemory(
          `await (await import('node:fs/promises')).readFile(${JSON.stringify(file)})`,
        );
        return [
          { name: 'peak memory over bare Node, f9', value: streaming - bare, unit: 'MiB', atMost: 40 },
          { name: 'of which loading f9', value: loaded - bare, unit: 'MiB' },
          { name: 'peak memory over bare Node, whole', value: whole - bare, unit: 'MiB' },
          {
            name: 'peak memory, whole : streamed',
            value: (whole - bare) / (streaming - bare),
            unit: 'x',
            atLeast: 10,
          },
        ] satisfies Figure[];
      },
      async dispose() {
        await vault[Symbol.asyncDispose]();
        folder.remove();
      },
    };
  },
};

const streamWrite: Job = {
  name: 'local: streamWrite 256 MiB of 8 KiB chunks on tmpfs, durability none',
  rounds: 6,
  async prepare(scale) {
    // On a disk what is measured is when the system writes back what was written before.
    const folder = makeFolder('tmpfs');
    const chunk = makeData(CHUNK);
    const count = scale.size(256 * MIB) / CHUNK;
    const vault = await LocalFileBackend.open({ root: folder.path, durability: 'none' });
    function* chunks(): Generator<Uint8Array> {
      for (let i = 0; i < count; i++) yield chunk;
    }
    const floor = join(folder.path, 'floor.bin');
    const empty = async (): Promise<void> => {
      for (const name of readdirSync(folder.path))
        if (name.endsWith('.bin')) unlinkSync(join(folder.path, name));
    };
    return {
      variants: {
        f9: { before: empty, run: () => vault.streamWrite('f9.bin', { chunkSource: chunks() }) },
        'writev floor, 128 chunks at a time': {
          before: empty,
          run: () => {
            const fd = openSync(floor, 'w');
            let batch: Uint8Array[] = [];
            for (const piece of chunks()) {
              if (batch.push(piece) < 128) continue;
              writevSync(fd, batch);
              batch = [];
            }
            if (batch.length > 0) writevSync(fd, batch);
            closeSync(fd);
          },
        },
        'fs.promises.writeFile(iterator)': {
          before: empty,
          run: () => fs.writeFile(join(folder.path, 'node.bin'), chunks()),
        },
      },
      goals: [{ variant: 'f9', against: 'writev floor, 128 chunks at a time', atMost: 1.4 }],
      async dispose() {
        await vault[Symbol.asyncDispose]();
        folder.remove();
      },
    };
  },
};

const checksumBig: Job = {
  name: 'local: sha256 of 1 GiB',
  rounds: 5,
  async prepare(scale) {
    const folder = makeFolder();
    const file = join(folder.path, 'big.bin');
    writeBig(file, scale.size(GIB));
    return {
      variants: {
        f9: {
          before: forgetChecksums,
          run: async () => {
            await using vault = new LocalFileBackend({ root: folder.path });
            return await vault.checksum('big.bin');
          },
        },
        'createReadStream + createHash': {
          run: async () => {
            const hasher = createHash('sha256');
            for await (const chunk of createReadStream(file)) hasher.update(chunk);
            return hasher.digest('hex');
          },
        },
      },
      goals: [{ variant: 'f9', against: 'createReadStream + createHash', atMost: 0.7 }],
      async dispose() {
        folder.remove();
      },
    };
  },
};

function program(what: 'streamRead', root: string): string {
  return `
    const { LocalFileBackend } = await import('@f9/local');
    await using vault = new LocalFileBackend({ root: ${JSON.stringify(root)} });
    for await (const chunk of vault.${what}('big.bin')) void chunk.length;
  `;
}

/** Kibibytes. On Linux `maxRSS` will not do: a process starts with the peak of the one that started it. */
const PRINT_PEAK = `
  const { existsSync, readFileSync } = await import('node:fs');
  const status = '/proc/self/status';
  const peak = existsSync(status) ? /VmHWM:\\s*(\\d+)/.exec(readFileSync(status, 'utf8'))[1] : process.resourceUsage().maxRSS;
  console.log(peak);
`;

/** Mebibytes that a process of its own needed at most. */
async function peakMemory(source: string): Promise<number> {
  // Beside a package that depends on @f9/local, so that the name resolves.
  const script = join(import.meta.dirname, `../../packages/git/.peak-${process.pid}.mjs`);
  writeFileSync(script, `${source}\n${PRINT_PEAK}`);
  try {
    // As it is installed: from source Node strips the types while it loads, which takes some 30 MiB.
    const { stdout } = await promisify(execFile)(process.execPath, [script]);
    return Number(stdout.trim()) / 1024;
  } finally {
    unlinkSync(script);
  }
}

export const jobs: readonly Job[] = [streamRead, streamWrite, checksumBig];
