import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import { join } from 'node:path';
import { CHECKSUM_ALGORITHMS } from '@f9/core';
import { checksumOf } from '@f9/core/driver';
import { beforeEach, describe, expect, test } from 'vitest';
import { LocalFileBackend } from '../src/index.ts';
import { openFiles } from './support/open-files.ts';
import { plant, temporaryFolder } from './support/temporary-folder.ts';

/** Around what is read at once, and around a block. */
const SIZES = [0, 1, 65_535, 65_536, 65_537, 1_048_576, 1_048_577, 3_000_000];

const PATTERN = Uint8Array.from({ length: 251 }, (_, i) => i);

function content(size: number): Uint8Array {
  return Buffer.alloc(size, PATTERN);
}

async function* inOnePiece(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

describe.each(['auto', 'async'] as const)('io: %s', (io) => {
  let root: string;
  let backend: LocalFileBackend;

  beforeEach(async () => {
    root = temporaryFolder();
    backend = await LocalFileBackend.open({ root, io });
  });

  test.each(CHECKSUM_ALGORITHMS)(
    '%s of files of every size, one by one and many at once',
    async (algorithm) => {
      const expected = new Map<string, string>();
      for (const size of SIZES) {
        plant(root, { [`dir/${size}`]: content(size) });
        expected.set(`dir/${size}`, await checksumOf(inOnePiece(content(size)), algorithm));
      }
      for (const [path, sum] of expected) expect(await backend.checksum(path, { algorithm }), path).toBe(sum);
      expect(await backend.checksumMany(expected.keys(), { algorithm, concurrency: 3 })).toEqual(expected);
    },
  );

  test('many at once follow symlinks inside, leave out what is missing, a directory or below a file, and keep every spelling', async () => {
    plant(root, { 'a.txt': 'a', 'dir/b.txt': 'b', 'other/c.txt': 'c' });
    fs.symlinkSync('../dir/b.txt', join(root, 'other/link'));
    fs.symlinkSync('nowhere', join(root, 'dangling'));
    const sum = (text: string): string => createHash('md5').update(text).digest('hex');
    const paths = [
      'dir/b.txt',
      './a.txt',
      'missing',
      'dir',
      'missing/too',
      'a.txt/below',
      'other/link',
      'other/c.txt',
      'dangling',
      'dir/b.txt',
      'a.txt',
    ];
    expect(await backend.checksumMany(paths, { algorithm: 'md5' })).toEqual(
      new Map([
        ['dir/b.txt', sum('b')],
        ['./a.txt', sum('a')],
        ['other/link', sum('b')],
        ['other/c.txt', sum('c')],
        ['a.txt', sum('a')],
      ]),
    );
  });

  test('an abort ends the hashing of a large file, and closes it', async () => {
    plant(root, { 'large.bin': content(30_000_000) });
    const reason = new Error('enough');
    const controller = new AbortController();
    const sum = backend.checksum('large.bin', { signal: controller.signal });
    setTimeout(() => controller.abort(reason), 2);
    await expect(sum).rejects.toBe(reason);
    expect(openFiles().filter((path) => path.endsWith('large.bin'))).toEqual([]);
  });
});

test.each([
  ['md5sum', 'md5'],
  ['sha256sum', 'sha256'],
  ['sha512sum', 'sha512'],
  ['b3sum', 'blake3'],
] as const)('%s of the system agrees', async (command, algorithm) => {
  const root = temporaryFolder();
  plant(root, { file: content(200_000) });
  let output: string;
  try {
    output = execFileSync(command, [join(root, 'file')], { encoding: 'utf8', stdio: 'pipe' });
  } catch {
    return console.warn(`not compared: this machine has no ${command}`);
  }
  await using backend = await LocalFileBackend.open({ root });
  expect(await backend.checksum('file', { algorithm })).toBe(output.split(' ')[0]);
});
