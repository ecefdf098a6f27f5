import { createHash, randomBytes } from 'node:crypto';
import { describe, expect, test, vi } from 'vitest';
import { checksumOf, createHasher } from '../src/driver/index.ts';
import { CHECKSUM_ALGORITHMS, type ChecksumAlgorithm } from '../src/index.ts';

// Of "abc", from RFC 1321, FIPS 180-4 and the test vectors of BLAKE3's own makers.
const ABC: Record<ChecksumAlgorithm, string> = {
  md5: '900150983cd24fb0d6963f7d28e17f72',
  sha256: 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
  sha512:
    'ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f',
  blake3: '6437b3ac38465133ffb63b75273a8db548c558465d79db03fd359c6cd5bd9d85',
};

// Of nothing.
const EMPTY_BLAKE3 = 'af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262';

async function* blocks(...texts: string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield Buffer.from(text);
}

describe.each(CHECKSUM_ALGORITHMS)('%s', (algorithm) => {
  test('of "abc" is what its makers say, however it is cut', async () => {
    expect(await checksumOf(blocks('abc'), algorithm)).toBe(ABC[algorithm]);
    expect(await checksumOf(blocks('a', '', 'bc'), algorithm)).toBe(ABC[algorithm]);
  });

  test('of part of a buffer is of that part alone', async () => {
    const hasher = await createHasher(algorithm);
    hasher.update(Buffer.from('xxabcxx').subarray(2, 5));
    expect(hasher.digest()).toBe(ABC[algorithm]);
  });

  test('many at once do not disturb each other', async () => {
    const hashers = await Promise.all(Array.from({ length: 20 }, () => createHasher(algorithm)));
    for (const letter of 'abc') for (const hasher of hashers) hasher.update(Buffer.from(letter));
    expect(new Set(hashers.map((hasher) => hasher.digest()))).toEqual(new Set([ABC[algorithm]]));
  });
});

test('of nothing', async () => {
  expect(await checksumOf(blocks(), 'blake3')).toBe(EMPTY_BLAKE3);
  expect(await checksumOf(blocks(), 'md5')).toBe(createHash('md5').digest('hex'));
});

test('of a megabyte in odd blocks', async () => {
  const bytes = randomBytes(2 ** 20);
  async function* odd(): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < bytes.length; at += 65_537) yield bytes.subarray(at, at + 65_537);
  }
  expect(await checksumOf(odd(), 'sha512')).toBe(createHash('sha512').update(bytes).digest('hex'));
});

test('an unknown algorithm is INVALID_ARGUMENT that names the known ones', async () => {
  await expect(createHasher('crc32' as ChecksumAlgorithm)).rejects.toMatchObject({
    code: 'INVALID_ARGUMENT',
    message: expect.stringContaining('md5, sha256, sha512, blake3'),
  });
});

test('what the source throws is thrown as it is', async () => {
  const own = new Error('mine');
  async function* failing(): AsyncGenerator<Uint8Array> {
    yield Buffer.from('a');
    throw own;
  }
  await expect(checksumOf(failing(), 'blake3')).rejects.toBe(own);
});

test('without its optional package blake3 is UNSUPPORTED, says what to install, and the others work', async () => {
  vi.doMock('blake3', () => {
    throw Object.assign(new Error('Cannot find package at /some/where'), { code: 'ERR_MODULE_NOT_FOUND' });
  });
  try {
    await expect(createHasher('blake3')).rejects.toMatchObject({
      code: 'UNSUPPORTED',
      message: expect.stringContaining('npm install blake3@2.1.7'),
    });
    expect(await checksumOf(blocks('abc'), 'md5')).toBe(ABC.md5);
  } finally {
    vi.doUnmock('blake3');
  }
});
