import { readFile } from 'node:fs/promises';
import { inspect } from 'node:util';
import { type ErrorCode, MemoryFileBackend } from '@f9/core';
import { backendError, ERROR_TABLE } from '@f9/core/driver';
import { describe, expect, test } from 'vitest';
import { fromErrno, translateBackendException, translateExceptions } from '../src/index.ts';

const codes = Object.keys(ERROR_TABLE) as ErrorCode[];

describe('an error of f9 as an exception of Node', () => {
  test.each(codes)('%s is told by its code alone', (code) => {
    const { errno } = ERROR_TABLE[code];
    const error = backendError(code, 'ENOENT EEXIST: words that say something else', {
      path: 'a/b',
      operation: 'read',
    });
    const translated = translateBackendException(error);
    expect(translated).toBeInstanceOf(Error);
    expect(translated).toMatchObject({ code: errno, syscall: 'open', path: 'a/b', cause: error });
    expect(translated.errno).toBeLessThan(0);
    expect(translated.message).toMatch(new RegExp(`^${errno}: .+, open 'a/b'$`));
  });

  test('carries the number and the words that Node itself has for it', async () => {
    const real: unknown = await readFile('none/at/all').catch((error: unknown) => error);
    const translated = translateBackendException(backendError('NOT_FOUND', '', { path: 'none/at/all' }));
    const { errno, code, syscall, message } = real as NodeJS.ErrnoException;
    expect(translated).toMatchObject({ errno, code, syscall, message });
  });

  test.each([
    ['delete', 'unlink'],
    ['info', 'stat'],
    ['list', 'scandir'],
    ['move', 'rename'],
    ['create', 'open'],
  ])('%s names the system call %s', (operation, syscall) => {
    expect(translateBackendException(backendError('IO', '', { operation })).syscall).toBe(syscall);
  });

  test('names the system call and the paths that it is told', () => {
    const translated = translateBackendException(backendError('NOT_FOUND', '', { path: 'a' }), {
      syscall: 'rename',
      path: '/a',
      dest: '/b',
    });
    expect(translated).toMatchObject({ path: '/a', dest: '/b' });
    expect(translated.message).toBe("ENOENT: no such file or directory, rename '/a' -> '/b'");
  });

  test('is the only thing that is translated', () => {
    for (const other of [new Error('mine'), 'text', undefined, null, 7]) {
      expect(translateBackendException(other)).toBe(other);
    }
  });
});

describe('and back', () => {
  test.each(codes)('%s becomes the error it was', (code) => {
    const error = backendError(code, '', { path: 'a' });
    expect(fromErrno(translateBackendException(error))).toBe(error);
    expect(fromErrno(error)).toBe(error);
  });

  test.each([
    ['ENOENT', 'NOT_FOUND'],
    ['EEXIST', 'ALREADY_EXISTS'],
    ['EISDIR', 'IS_DIRECTORY'],
    ['ENOTDIR', 'NOT_DIRECTORY'],
    ['ENOTEMPTY', 'DIRECTORY_NOT_EMPTY'],
    ['EINVAL', 'INVALID_ARGUMENT'],
    ['EACCES', 'PERMISSION_DENIED'],
    ['EPERM', 'PERMISSION_DENIED'],
    ['EROFS', 'READ_ONLY'],
    ['ENOSPC', 'NO_SPACE'],
    ['ETIMEDOUT', 'TIMEOUT'],
    ['EBUSY', 'BUSY'],
    ['EIO', 'IO'],
    ['ENOTSUP', 'UNSUPPORTED'],
    ['EMFILE', 'TOO_MANY_OPEN'],
    ['ECONNREFUSED', 'UNAVAILABLE'],
    ['EBADF', 'CLOSED'],
    ['ENAMETOOLONG', 'INVALID_PATH'],
    ['EDQUOT', 'QUOTA_EXCEEDED'],
  ])('%s is %s', (code, expected) => {
    const error = Object.assign(new Error(`${code}: open '/home/s3cr3t'`), {
      code,
      syscall: 'open',
      path: '/home/s3cr3t',
    });
    const back = fromErrno(error, { path: 'a.txt', operation: 'read' });
    expect(back).toMatchObject({
      code: expected,
      path: 'a.txt',
      operation: 'read',
      cause: { code, syscall: 'open' },
    });
    expect(inspect(back, { showHidden: true, depth: null })).not.toContain('s3cr3t');
  });

  test('every errno that a code of f9 becomes, leads to a code that becomes it', () => {
    for (const { errno } of Object.values(ERROR_TABLE)) {
      const { code } = fromErrno(Object.assign(new Error(''), { code: errno }));
      expect(ERROR_TABLE[code].errno).toBe(errno);
    }
  });

  test.each([
    [new Error('no code')],
    [Object.assign(new Error(''), { code: 'toString' })],
    ['text'],
    [undefined],
    [null],
  ])('anything else is UNKNOWN', (thrown) => {
    expect(fromErrno(thrown)).toMatchObject({ code: 'UNKNOWN', path: undefined });
  });
});

describe('a function with exceptions translated', () => {
  const missing = (): never => {
    throw backendError('NOT_FOUND', '', { path: 'a' });
  };
  const enoent = expect.objectContaining({ code: 'ENOENT', path: 'a' });

  test('throws them at once, or by its promise', async () => {
    expect(translateExceptions(missing)).toThrow(enoent);
    await expect(translateExceptions(async () => missing())()).rejects.toEqual(enoent);
  });

  test('gives what it gives, with the arguments and the object it is called with', async () => {
    const counter = {
      count: 2,
      times: translateExceptions(function (this: { count: number }, by: number): number {
        return this.count * by;
      }),
    };
    expect(counter.times(3)).toBe(6);
    expect(await translateExceptions(async (text: string) => text)('same')).toBe('same');
    expect(translateExceptions(() => null)()).toBeNull();
  });

  test('fails its streams and iterables with them, in the middle too, also where a promise gives them', async () => {
    async function* items(): AsyncGenerator<number> {
      yield 1;
      missing();
    }
    const stream = (): ReadableStream<number> => ReadableStream.from(items());
    const functions: (() => AsyncIterable<number> | Promise<AsyncIterable<number>>)[] = [
      items,
      stream,
      async () => stream(),
    ];
    for (const fn of functions) {
      const seen: number[] = [];
      await expect(
        (async () => {
          for await (const item of await translateExceptions(fn)()) seen.push(item);
        })(),
      ).rejects.toEqual(enoent);
      expect(seen).toEqual([1]);
    }
  });

  test('frees a stream that is left early', async () => {
    const backend = new MemoryFileBackend();
    await backend.create('a.txt', { data: 'x'.repeat(100) });
    let cancelled: unknown;
    const source = new ReadableStream<number>({
      pull: (controller) => controller.enqueue(1),
      cancel: (reason) => {
        cancelled = reason;
      },
    });
    const stream = translateExceptions(() => source)();
    const reader = stream.getReader();
    await reader.read();
    await reader.cancel('enough');
    expect(cancelled).toBe('enough');
  });
});
