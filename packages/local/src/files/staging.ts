import type { ByteSource } from '@f9/core/driver';
import { allocate, BLOCK } from '../io/blocks.ts';
import { now } from '../io/clock.ts';
import type { Operation } from '../io/runner.ts';
import { fstat, futimes, read, waitFor, write, writeLater } from '../io/system-calls.ts';
import type { StagedFile, Staging } from '../state/staging.ts';

/** Permissions of a new file, before the umask. */
export const NEW_FILE = 0o666;

/** Permissions of a file that never becomes visible. */
export const PRIVATE_FILE = 0o600;

/** Begins a staged file, fills it and runs `body` on it. The file is removed again unless `body` publishes it. */
export function* withStagedFile<T>(
  staging: Staging,
  stage: Operation<StagedFile>,
  fill: (fd: number) => Operation<void>,
  body: (staged: StagedFile) => Operation<T>,
): Operation<T> {
  const staged = yield* stage;
  try {
    yield* fill(staged.fd);
    yield* stamp(staged.fd);
    return yield* body(staged);
  } finally {
    yield* staging.discard(staged);
  }
}

/** Writes all of `source` at the position of `fd`. */
export function* writeSource(fd: number, source: ByteSource): Operation<void> {
  if (!(source instanceof Uint8Array)) return yield* waitFor(() => writeChunks(fd, source));
  for (let offset = 0; offset < source.length; ) {
    offset += yield* write(fd, source, offset, Math.min(BLOCK, source.length - offset));
  }
}

/** Writes all of `from` at the position of `to`. */
export function* copyBytes(from: number, to: number): Operation<void> {
  const { size } = yield* fstat(from);
  const block = allocate(Math.min(BLOCK, size));
  for (let position = 0; position < size; ) {
    const count = yield* read(from, block, 0, Math.min(block.length, size - position), position);
    if (count === 0) return;
    yield* writeSource(to, block.subarray(0, count));
    position += count;
  }
}

/**
 * Bytes of the first block that chunks are gathered into; blocks grow, since large ones make this thread and the pool wait less
 * often.
 */
const FIRST_BLOCK = 16 * 1024;
const LARGEST_BLOCK = 4 * 1024 * 1024;

/**
 * Writes chunks, gathered into blocks, of which one is filled while the other is written. A source may reuse the buffer of its
 * chunks.
 */
async function writeChunks(fd: number, source: AsyncIterable<Uint8Array>): Promise<void> {
  let block = allocate(FIRST_BLOCK);
  let other: Uint8Array<ArrayBuffer> | undefined;
  let filled = 0;
  let writing: Promise<void> = Promise.resolve();
  const flush = async (): Promise<void> => {
    await writing;
    writing = writeLaterFully(fd, block.subarray(0, filled));
    // Its failure is thrown when the next block is full, or at the end.
    writing.catch(() => undefined);
    filled = 0;
  };
  const flushAndGrow = async (): Promise<void> => {
    await flush();
    const next =
      other?.length === LARGEST_BLOCK ? other : allocate(Math.min(4 * block.length, LARGEST_BLOCK));
    [block, other] = [next, block];
  };
  try {
    for await (const chunk of source) {
      for (let offset = 0; offset < chunk.length; ) {
        const count = Math.min(block.length - filled, chunk.length - offset);
        block.set(chunk.subarray(offset, offset + count), filled);
        filled += count;
        offset += count;
        if (filled === block.length) await flushAndGrow();
      }
    }
    if (filled > 0) await flush();
  } finally {
    // The write must end before the file is closed.
    await writing;
  }
}

async function writeLaterFully(fd: number, bytes: Uint8Array): Promise<void> {
  for (let offset = 0; offset < bytes.length; ) {
    offset += await writeLater(fd, bytes, offset, bytes.length - offset);
  }
}

let lastStamp = 0;

/**
 * Sets the time of modification to the microsecond. Many systems count in steps of milliseconds, in which a second version of the
 * same size could get the inode number of the first, and with it the same etag.
 */
function* stamp(fd: number): Operation<void> {
  const time = Date.now() * 1000 + (Math.floor(now() * 1000) % 1000);
  const clockWasSetBack = time < lastStamp - 1_000_000;
  lastStamp = time > lastStamp || clockWasSetBack ? time : lastStamp + 1;
  yield* futimes(fd, lastStamp / 1_000_000, lastStamp / 1_000_000);
}
