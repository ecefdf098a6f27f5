import { constants } from 'node:fs';
import { hasErrno } from '../errors.ts';
import type { Operation } from './runner.ts';
import { close, fstat, open, read, unlink, write } from './system-calls.ts';

// Small files in the state directory.

const { O_RDONLY, O_WRONLY, O_CREAT, O_EXCL } = constants;

/** Writes a new file; if writing fails it is removed again. @throws `EEXIST` if there is one */
export function* writeNewFile(path: string, text: string): Operation<void> {
  const fd = yield* open(path, O_WRONLY | O_CREAT | O_EXCL, 0o666);
  try {
    yield* writeAndClose(fd, Buffer.from(text));
  } catch (error) {
    yield* unlinkIfThere(path);
    throw error;
  }
}

function* writeAndClose(fd: number, bytes: Uint8Array): Operation<void> {
  try {
    for (let offset = 0; offset < bytes.length; )
      offset += yield* write(fd, bytes, offset, bytes.length - offset);
  } finally {
    yield* close(fd);
  }
}

export function* readText(path: string): Operation<string> {
  const fd = yield* open(path, O_RDONLY);
  try {
    const bytes = Buffer.alloc((yield* fstat(fd)).size);
    return bytes.toString('utf8', 0, yield* read(fd, bytes, 0, bytes.length, 0));
  } finally {
    yield* close(fd);
  }
}

export function* unlinkIfThere(path: string): Operation<void> {
  try {
    yield* unlink(path);
  } catch (error) {
    if (!hasErrno(error, 'ENOENT')) throw error;
  }
}
