import { constants } from 'node:fs';
import { hasErrno } from '../errors.ts';
import type { Operation } from './runner.ts';
import { close, fstat, open, read, unlink, write } from './system-calls.ts';

// Files of a few bytes in the state directory.

const { O_RDONLY, O_WRONLY, O_CREAT, O_EXCL } = constants;

export function* writeNewFile(path: string, text: string): Operation<void> {
  const fd = yield* open(path, O_WRONLY | O_CREAT | O_EXCL, 0o666);
  try {
    const bytes = Buffer.from(text);
    yield* write(fd, bytes, 0, bytes.length);
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
