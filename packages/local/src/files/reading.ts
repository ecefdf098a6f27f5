import type { Stats } from 'node:fs';
import { type BackendPath, backendError, isDirectory, type ReadRange } from '@f9/core/driver';
import type { ConfinedRoot } from '../confined/confined-root.ts';
import { allocate, BLOCK } from '../io/blocks.ts';
import type { Operation, Runner } from '../io/runner.ts';
import { close, fstat, read, readLater, SMALL } from '../io/system-calls.ts';

/** Runs `body` on a regular file. @throws `IS_DIRECTORY`, `UNSUPPORTED` for a FIFO, socket or device, and errors of the system */
export function* withFile<T>(
  root: ConfinedRoot,
  path: BackendPath,
  body: (fd: number, stats: Stats) => Operation<T>,
): Operation<T> {
  const { fd, stats } = yield* openRegular(root, path);
  try {
    return yield* body(fd, stats);
  } finally {
    yield* close(fd);
  }
}

/** The bytes of a file, or of a range of it; `undefined` if they are more than `limit`. */
export function* readFile(
  root: ConfinedRoot,
  path: BackendPath,
  { offset = 0, length = Number.POSITIVE_INFINITY }: ReadRange,
  limit: number,
): Operation<Uint8Array | undefined> {
  const { fd, stats } = yield* openRegular(root, path);
  try {
    const wanted = Math.max(0, Math.min(length, stats.size - offset));
    if (wanted > limit) return undefined;
    const bytes = allocate(wanted);
    const count = yield* readInto(bytes, fd, offset);
    return count === wanted ? bytes : bytes.slice(0, count);
  } finally {
    yield* close(fd);
  }
}

/** Fills `bytes` from `offset` of the file on; gives how many bytes there were. */
export function* readInto(bytes: Uint8Array, fd: number, offset: number): Operation<number> {
  let filled = 0;
  while (filled < bytes.length) {
    const count = yield* read(fd, bytes, filled, Math.min(BLOCK, bytes.length - filled), offset + filled);
    if (count === 0) break;
    filled += count;
  }
  return filled;
}

/** Blocks of a file, each a buffer of its own. Nothing is read ahead, so that the file is freed as soon as the reader stops. */
export async function* readBlocks(
  runner: Runner,
  root: ConfinedRoot,
  path: BackendPath,
  { offset = 0, length = Number.POSITIVE_INFINITY }: ReadRange,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array, void, void> {
  const opened = await runner.runUnqueued(openOrRead(root, path, offset, length), signal);
  if (opened instanceof Uint8Array) {
    if (opened.length > 0) yield opened;
    return;
  }
  const { fd, end } = opened;
  let position = offset;
  try {
    while (position < end) {
      signal?.throwIfAborted();
      const block = allocate(Math.min(BLOCK, end - position));
      const count = await readLater(fd, block, 0, block.length, position);
      if (count === 0) return;
      position += count;
      yield block.subarray(0, count);
    }
  } finally {
    await runner.runUnqueued(close(fd));
  }
}

/** The bytes of a small range, or the open file and the end of the range. */
function* openOrRead(
  root: ConfinedRoot,
  path: BackendPath,
  offset: number,
  length: number,
): Operation<Uint8Array | { readonly fd: number; readonly end: number }> {
  const { fd, stats } = yield* openRegular(root, path);
  const end = Math.min(stats.size, offset + length);
  if (end - offset > SMALL) return { fd, end };
  try {
    const bytes = allocate(Math.max(0, end - offset));
    return bytes.subarray(0, yield* readInto(bytes, fd, offset));
  } finally {
    yield* close(fd);
  }
}

function* openRegular(root: ConfinedRoot, path: BackendPath): Operation<{ fd: number; stats: Stats }> {
  const fd = yield* root.openFile(path);
  try {
    const stats = yield* fstat(fd);
    if (stats.isDirectory()) throw isDirectory(path, 'be read as a file');
    if (!stats.isFile()) {
      throw backendError('UNSUPPORTED', `${JSON.stringify(path)} is a device, FIFO or socket, not a file`, {
        path,
      });
    }
    return { fd, stats };
  } catch (error) {
    yield* close(fd);
    throw error;
  }
}
