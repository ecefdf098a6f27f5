import { hash } from 'node:crypto';
import { type BackendPath, type ChecksumAlgorithm, createHasher, type Hasher } from '@f9/core';
import { allocate, BLOCK } from './blocks.ts';
import type { ConfinedRoot } from './confined-root.ts';
import { readInto, withFile } from './reading.ts';
import type { Operation } from './runner.ts';
import { readLater, SMALL, waitFor } from './system-calls.ts';

/** The checksum of a file. @param scratch for small files, `SMALL` bytes; free again when the operation is done */
export function checksum(
  root: ConfinedRoot,
  path: BackendPath,
  algorithm: ChecksumAlgorithm,
  scratch: Uint8Array,
  signal: AbortSignal | undefined,
): Operation<string> {
  return withFile(root, path, function* (fd, { size }) {
    if (size > SMALL) return yield* waitFor(() => hashFile(fd, size, algorithm, signal));
    const bytes = scratch.subarray(0, yield* readInto(scratch.subarray(0, size), fd, 0));
    if (algorithm !== 'blake3') return hash(algorithm, bytes, 'hex');
    const hasher = yield* waitFor(() => createHasher(algorithm));
    hasher.update(bytes);
    return hasher.digest();
  });
}

/** Hashes one block while the next is read. */
async function hashFile(
  fd: number,
  size: number,
  algorithm: ChecksumAlgorithm,
  signal: AbortSignal | undefined,
): Promise<string> {
  const hasher: Hasher = await createHasher(algorithm);
  let [current, other] = [allocate(BLOCK), allocate(BLOCK)];
  let position = 0;
  const readNext = (): Promise<number> => readLater(fd, other, 0, Math.min(BLOCK, size - position), position);
  for (let reading = readNext(); ; ) {
    const count = await reading;
    signal?.throwIfAborted();
    if (count === 0) return hasher.digest();
    [current, other] = [other, current];
    position += count;
    reading = readNext();
    hasher.update(current.subarray(0, count));
  }
}
