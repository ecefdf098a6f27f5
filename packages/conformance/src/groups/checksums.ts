import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { CHECKSUM_ALGORITHMS, type ChecksumAlgorithm, type FileInfo } from '@f9/core';
import type { ConformanceGroup } from '../conformance-case.ts';
import { noise } from '../proving/bytes.ts';
import { mistaken } from '../proving/mistaken.ts';

/** Published test vectors: of no bytes, and of `abc`. */
const VECTORS: Record<ChecksumAlgorithm, readonly [nothing: string, abc: string]> = {
  md5: ['d41d8cd98f00b204e9800998ecf8427e', '900150983cd24fb0d6963f7d28e17f72'],
  sha256: [
    'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
  ],
  sha512: [
    'cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce' +
      '47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e',
    'ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a' +
      '2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f',
  ],
  blake3: [
    'af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262',
    '6437b3ac38465133ffb63b75273a8db548c558465d79db03fd359c6cd5bd9d85',
  ],
};

/** The BLAKE3 team's vector of 1025 bytes (0, 1, … 250, 0, 1, …), which is the first that takes more than one chunk. */
const BLAKE3_1025 = 'd00278ae47eb27b34faecf67b4fe263f82d5412916c1ffd97c8cb7fb814b8444';

function sha256(data: Uint8Array | string): string {
  return createHash('sha256').update(data).digest('hex');
}

export const checksums: ConformanceGroup = {
  name: 'checksums',
  cases: [
    {
      promises: ['checksum.algorithms'],
      title: 'md5, sha256, sha512 and blake3 give their published values, in lower-case hex',
      run: async (t) => {
        await t.backend.create('nothing');
        await t.backend.create('abc', { data: 'abc' });
        for (const algorithm of CHECKSUM_ALGORITHMS) {
          const sums = [
            await t.backend.checksum('nothing', { algorithm }),
            await t.backend.checksum('abc', { algorithm }),
          ];
          assert.deepEqual(sums, VECTORS[algorithm], algorithm);
        }
      },
    },
    {
      promises: ['checksum.algorithms'],
      title: 'a file of many blocks has the sum that node:crypto gives',
      run: async (t) => {
        const data = noise(t.scaled(1_500_000, 30_000), 31);
        await t.backend.create('large', { data });
        for (const algorithm of ['md5', 'sha256', 'sha512'] as const) {
          const expected = createHash(algorithm).update(data).digest('hex');
          assert.equal(await t.backend.checksum('large', { algorithm }), expected, algorithm);
        }
        const vector = Uint8Array.from({ length: 1025 }, (_, i) => i % 251);
        await t.backend.create('vector', { data: vector });
        assert.equal(await t.backend.checksum('vector', { algorithm: 'blake3' }), BLAKE3_1025);
      },
    },
    {
      promises: ['checksum.default'],
      title: 'sha256 is the default',
      run: async (t) => {
        await t.backend.create('abc', { data: 'abc' });
        assert.equal(await t.backend.checksum('abc'), VECTORS.sha256[1]);
        assert.equal((await t.backend.checksumMany(['abc'])).get('abc'), VECTORS.sha256[1]);
      },
    },
    {
      promises: ['checksum.current'],
      title: 'the sum is that of what is there now',
      run: async (t) => {
        await t.backend.create('a', { data: 'one' });
        assert.equal(await t.backend.checksum('a'), sha256('one'));
        await t.backend.update('a', { data: 'two' });
        assert.equal(await t.backend.checksum('a'), sha256('two'));
        assert.equal((await t.backend.checksumMany(['a'])).get('a'), sha256('two'));
        if (t.capabilities.append !== false) {
          await t.backend.update('a', { data: '!', append: true });
          assert.equal(await t.backend.checksum('a'), sha256('two!'));
        }
        await t.backend.move('a', 'b');
        await t.backend.create('a', { data: 'three' });
        assert.deepEqual(
          [...(await t.backend.checksumMany(['a', 'b'])).values()],
          [sha256('three'), await t.backend.checksum('b')],
        );
      },
    },
    {
      promises: ['checksum.unknown'],
      title: 'another algorithm is INVALID_ARGUMENT, everywhere',
      run: async (t) => {
        await t.backend.create('a', { data: 'a' });
        for (const name of ['sha1', 'SHA256', '', 'toString', null, 5]) {
          const algorithm = mistaken<ChecksumAlgorithm>(name);
          await t.rejects(t.backend.checksum('a', { algorithm }), 'INVALID_ARGUMENT', {
            operation: 'checksum',
          });
          const many = t.backend.checksumMany(['a'], { algorithm });
          await t.rejects(many, 'INVALID_ARGUMENT', { operation: 'checksumMany' });
          await t.rejects(t.backend.info('a', { checksum: algorithm }), 'INVALID_ARGUMENT', {
            operation: 'info',
          });
        }
      },
    },
    {
      promises: ['checksum-many.keys'],
      title: 'many sums are keyed by the paths as they were given, each spelling for itself',
      run: async (t) => {
        await t.backend.create('dir/a', { data: 'a' });
        await t.backend.create('b', { data: 'b' });
        const given = ['dir/a', '/dir/a', 'dir\\a', './dir/../dir/a', 'b', 'b', '__proto__'];
        await t.backend.create('__proto__', { data: 'p' });
        const sums = await t.backend.checksumMany(given);
        assert.ok(sums instanceof Map);
        assert.deepEqual([...sums.keys()], [...new Set(given)]);
        assert.deepEqual([...sums.values()], [...Array(4).fill(sha256('a')), sha256('b'), sha256('p')]);
      },
    },
    {
      promises: ['checksum-many.left-out'],
      title: 'what is missing, a directory or below a file is left out',
      run: async (t) => {
        await t.backend.create('dir/a', { data: 'a' });
        const sums = await t.backend.checksumMany([
          'gone',
          'dir',
          'dir/a',
          'dir/a/below',
          'no/such/dir/b',
          '/',
        ]);
        assert.deepEqual([...sums.keys()], ['dir/a']);
        assert.equal((await t.backend.checksumMany([])).size, 0);
      },
    },
    {
      promises: ['checksum-many.keys'],
      title: 'many files at once, from any iterable, at any concurrency',
      run: async (t) => {
        const paths = Array.from({ length: t.scaled(100, 10) }, (_, i) => `d${i % 5}/file-${i}`);
        await Promise.all(paths.map((path) => t.backend.create(path, { data: path })));
        const iterables: Iterable<string>[] = [paths, new Set(paths), paths.values()];
        for (const [i, iterable] of iterables.entries()) {
          const concurrency = [1, 3, 1000][i]!;
          const sums = await t.backend.checksumMany(iterable, { algorithm: 'sha256', concurrency });
          assert.deepEqual(
            [...sums],
            paths.map((path) => [path, sha256(path)]),
          );
        }
        for (const algorithm of CHECKSUM_ALGORITHMS) {
          const sums = await t.backend.checksumMany(paths.slice(0, 3), { algorithm });
          for (const [path, sum] of sums) assert.equal(sum, await t.backend.checksum(path, { algorithm }));
        }
      },
    },
    {
      promises: ['checksum-many.arguments'],
      title: 'a path that cannot be and a concurrency that is none are refused as everywhere',
      run: async (t) => {
        await t.backend.create('a', { data: 'a' });
        await t.rejects(t.backend.checksumMany(['a', '../b']), 'PATH_OUTSIDE_ROOT', {
          operation: 'checksumMany',
        });
        await t.rejects(t.backend.checksumMany(['a', '\0']), 'INVALID_PATH');
        for (const concurrency of [0, -1, 1.5, Number.NaN]) {
          await t.rejects(t.backend.checksumMany(['a'], { concurrency }), 'INVALID_ARGUMENT');
        }
      },
    },
    {
      promises: ['checksum.of-write'],
      title: 'a checksum that a write tells is the sha256 of the whole file, however it was written',
      run: async (t) => {
        const { append, ifMatch } = t.capabilities;
        const large = noise(t.scaled(600_000, 20_000), 5);
        const chunks = [large.subarray(0, 1000), large.subarray(1000)];
        const writes: Record<string, () => Promise<FileInfo>> = {
          create: () => t.backend.create('a', { data: 'text' }),
          'create of nothing': () => t.backend.create('nothing'),
          'create of much': () => t.backend.create('large', { data: large }),
          update: () => t.backend.update('a', { data: 'newer text' }),
          'update from chunks': () => t.backend.update('a', { data: chunks }),
          streamWrite: () => t.backend.streamWrite('b', { chunkSource: chunks }),
          ...(append !== false && {
            append: () => t.backend.update('a', { data: ' and more', append: true }),
            'append with create': () => t.backend.update('c', { data: 'made', append: true, create: true }),
          }),
          ...(ifMatch !== false && { edit: () => t.backend.edit('a', () => 'edited') }),
          copy: () => t.backend.copy('a', 'copy'),
          move: () => t.backend.move('copy', 'moved'),
        };
        for (const [name, write] of Object.entries(writes)) {
          const { path, checksum } = await write();
          if (checksum === undefined) continue;
          assert.equal(checksum, sha256(await t.backend.read(path)), name);
        }
      },
    },
  ],
};
