import { createHash } from 'node:crypto';
import { backendError } from '../errors.ts';

/** Algorithms of checksums. */
export const CHECKSUM_ALGORITHMS = ['md5', 'sha256', 'sha512', 'blake3'] as const;
/** One of `CHECKSUM_ALGORITHMS`. */
export type ChecksumAlgorithm = (typeof CHECKSUM_ALGORITHMS)[number];

/** A checksum in the making. */
export interface Hasher {
  /** Adds bytes. */
  update(bytes: Uint8Array): void;
  /** Lower-case hex; the hasher is used up. */
  digest(): string;
}

/**
 * Begins a checksum.
 *
 * @throws `INVALID_ARGUMENT`; `UNSUPPORTED` for blake3 where its optional package is not installed.
 */
export async function createHasher(algorithm: ChecksumAlgorithm): Promise<Hasher> {
  assertChecksumAlgorithm(algorithm);
  return algorithm === 'blake3' ? await createBlake3() : createNodeHasher(algorithm);
}

/** @throws `INVALID_ARGUMENT` for anything but a known algorithm. */
export function assertChecksumAlgorithm(algorithm: string): asserts algorithm is ChecksumAlgorithm {
  if (!(CHECKSUM_ALGORITHMS as readonly string[]).includes(algorithm)) {
    throw backendError(
      'INVALID_ARGUMENT',
      `${JSON.stringify(algorithm)} is not a checksum algorithm; use one of ${CHECKSUM_ALGORITHMS.join(', ')}`,
    );
  }
}

/** The checksum of everything in `source`, lower-case hex. */
export async function checksumOf(
  source: AsyncIterable<Uint8Array>,
  algorithm: ChecksumAlgorithm,
): Promise<string> {
  const hasher = await createHasher(algorithm);
  for await (const block of source) hasher.update(block);
  return hasher.digest();
}

function createNodeHasher(algorithm: Exclude<ChecksumAlgorithm, 'blake3'>): Hasher {
  const hash = createHash(algorithm);
  return { update: (bytes) => void hash.update(bytes), digest: () => hash.digest('hex') };
}

async function createBlake3(): Promise<Hasher> {
  const { createHash: createBlake3Hash } = await importBlake3();
  const hash = createBlake3Hash();
  const hasher: Hasher = {
    update: (bytes) => void hash.update(bytes),
    digest: () => hash.digest('hex'),
  };
  unfinished.register(hasher, hash);
  return hasher;
}

async function importBlake3(): Promise<typeof import('blake3')> {
  // No literal name, which a bundler would follow into files that the package lacks, whether or not it is ever needed.
  const name = 'blake3';
  try {
    return await import(/* @vite-ignore */ /* webpackIgnore: true */ /* turbopackIgnore: true */ name);
  } catch (cause) {
    throw backendError('UNSUPPORTED', 'blake3 checksums need the package blake3: npm install blake3@2.1.7', {
      cause,
    });
  }
}

/** Frees the WebAssembly memory of hashes that are dropped before their digest, which would free it. */
const unfinished = new FinalizationRegistry<{ dispose(): void }>((hash) => hash.dispose());
