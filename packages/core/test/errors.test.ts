import { inspect } from 'node:util';
import { describe, expect, expectTypeOf, test } from 'vitest';
import { backendError, ERROR_TABLE, withPath } from '../src/driver/index.ts';
import {
  AlreadyExistsError,
  type ErrorCode,
  FileBackendError,
  IntegrityError,
  InvalidOperationError,
  isFileBackendError,
  LockTimeoutError,
  MemoryFileBackend,
  NotFoundError,
  PermissionDeniedError,
  PreconditionFailedError,
  SyncConflictError,
} from '../src/index.ts';

const CODES = Object.keys(ERROR_TABLE) as ErrorCode[];

const CLASSES = {
  FileBackendError,
  NotFoundError,
  AlreadyExistsError,
  InvalidOperationError,
  PermissionDeniedError,
  PreconditionFailedError,
  LockTimeoutError,
  SyncConflictError,
  IntegrityError,
};

/** A second installed copy of the package: the same module, loaded again. */
async function otherCopy(): Promise<typeof import('../src/errors.ts')> {
  const url = new URL('../src/errors.ts?copy=2', import.meta.url).href;
  return (await import(/* @vite-ignore */ url)) as typeof import('../src/errors.ts');
}

test.each(CODES)('%s has the class, errno and retryability that the table says', (code) => {
  const entry = ERROR_TABLE[code];
  const error = backendError(code, 'It failed');
  expect(error.constructor).toBe(CLASSES[entry.className]);
  expect(error).toBeInstanceOf(FileBackendError);
  expect(error).toMatchObject({
    name: entry.className,
    code,
    message: 'It failed',
    path: undefined,
    operation: undefined,
    retryable: entry.retryable,
    stored: false,
  });
  expect(entry.errno).toMatch(/^E[A-Z]+$/);
  expect(String(error)).toBe(`${entry.className}: It failed`);
  expect('cause' in error).toBe(false);
});

test('every class is the one of some code', () => {
  const used = new Set(CODES.map((code) => ERROR_TABLE[code].className));
  expect([...used].toSorted()).toEqual(Object.keys(CLASSES).toSorted());
});

test('what is told of an error is kept', () => {
  const error = new SyncConflictError('SYNC_CONFLICT', 'Both sides changed', {
    path: 'a',
    operation: 'push',
    retryable: true,
    stored: true,
  });
  const plain = {
    name: 'SyncConflictError',
    code: 'SYNC_CONFLICT',
    message: 'Both sides changed',
    path: 'a',
    operation: 'push',
    retryable: true,
    stored: true,
  };
  expect(error).toMatchObject(plain);
  expect(JSON.parse(JSON.stringify(error))).toEqual(plain);
});

test('with another path it is a copy of the same class, and the first stays as it is', () => {
  class AcmeError extends FileBackendError {
    readonly region = 'eu';
  }
  const error = new AcmeError('NOT_FOUND', 'There is nothing at "a.md"', {
    path: 'a.md',
    operation: 'read',
    cause: Object.assign(new Error('inner'), { code: 'ENOENT' }),
    retryable: true,
  });
  const moved = withPath(error, 'docs/a.md');
  expect(moved).toBeInstanceOf(AcmeError);
  expect(moved).toMatchObject({
    code: 'NOT_FOUND',
    message: 'There is nothing at "docs/a.md"',
    path: 'docs/a.md',
    operation: undefined,
    retryable: true,
    region: 'eu',
    cause: { code: 'ENOENT' },
  });
  expect(error).toMatchObject({ path: 'a.md', message: 'There is nothing at "a.md"' });
});

test('a subclass in another package has its own name', () => {
  class AcmeError extends FileBackendError {}
  const error = new AcmeError('UNAVAILABLE', 'Acme is down');
  expect(error.name).toBe('AcmeError');
  expect(error.retryable).toBe(true);
  expect(isFileBackendError(error, 'UNAVAILABLE')).toBe(true);
});

test("an error is of the class of its code, whatever class of a backend's own it is of", () => {
  class AcmeError extends FileBackendError {}
  class AcmeNotFoundError extends NotFoundError {}
  const [missing, down] = [new AcmeError('NOT_FOUND', 'No bucket'), new AcmeError('UNAVAILABLE', 'Down')];
  expect(missing).toBeInstanceOf(NotFoundError);
  expect(missing).toBeInstanceOf(AcmeError);
  expect(missing).not.toBeInstanceOf(PermissionDeniedError);
  expect(missing).not.toBeInstanceOf(AcmeNotFoundError);
  expect(down).toBeInstanceOf(FileBackendError);
  for (const known of Object.values(CLASSES)) {
    expect(down instanceof known).toBe(known === FileBackendError);
    for (const stranger of [undefined, null, 'NOT_FOUND', { code: 'NOT_FOUND' }, new Error('NOT_FOUND')])
      expect(stranger instanceof known).toBe(false);
  }
  expect(new AcmeNotFoundError('NOT_FOUND', 'x')).toBeInstanceOf(AcmeNotFoundError);
});

describe('a cause', () => {
  const secret = 'https://user:hunter2@host/srv/vault';

  test('is a copy with name, code and syscall alone', () => {
    const below = Object.assign(new RangeError(secret), {
      code: 'ENOENT',
      syscall: 'open',
      errno: -2,
      path: secret,
      cause: new Error(secret),
      config: { headers: { authorization: secret } },
    });
    const error = backendError('IO', 'The disk is gone', { cause: below });
    expect(error.cause).toEqual({ name: 'RangeError', code: 'ENOENT', syscall: 'open' });
    for (const form of [error.stack, JSON.stringify(error), inspect(error, { showHidden: true, depth: 9 })]) {
      expect(form).not.toContain('hunter2');
    }
  });

  test.each<[string, unknown, unknown]>([
    ['an error without a code', new TypeError('x'), { name: 'TypeError' }],
    ['an object without a name', { code: 'E1' }, { name: 'Error', code: 'E1' }],
    ['one whose parts are no strings', { name: 7, code: 404, syscall: {} }, { name: 'Error' }],
    ['another one of ours', backendError('IO', 'x'), { name: 'FileBackendError', code: 'IO' }],
    ['a string', secret, undefined],
    ['null', null, undefined],
  ])('that is %s', (_name, cause, kept) => {
    expect(backendError('IO', 'x', { cause }).cause).toEqual(kept);
  });
});

describe('isFileBackendError', () => {
  test('tells ours from others, by code too', () => {
    const error: unknown = backendError('NOT_FOUND', 'x');
    expect(isFileBackendError(error)).toBe(true);
    expect(isFileBackendError(error, 'NOT_FOUND')).toBe(true);
    expect(isFileBackendError(error, 'IO')).toBe(false);
    const others = [new Error('x'), { code: 'NOT_FOUND' }, 'NOT_FOUND', null, undefined, Object.create(null)];
    for (const other of others) expect(isFileBackendError(other)).toBe(false);
    if (isFileBackendError(error)) expectTypeOf(error).toEqualTypeOf<FileBackendError>();
  });

  test('works across two installed copies, both ways', async () => {
    const other = await otherCopy();
    const theirs = other.backendError('NOT_FOUND', 'x');
    expect(other.NotFoundError).not.toBe(NotFoundError);
    expect(theirs).toBeInstanceOf(FileBackendError);
    expect(theirs).toBeInstanceOf(NotFoundError);
    expect(backendError('IO', 'x')).not.toBeInstanceOf(other.NotFoundError);
    expect(isFileBackendError(theirs, 'NOT_FOUND')).toBe(true);
    expect(other.isFileBackendError(backendError('IO', 'x'), 'IO')).toBe(true);
  });

  test('an error of another copy goes through a backend as one of ours', async () => {
    const other = await otherCopy();
    const theirs = other.backendError('UNAVAILABLE', 'The service is down');
    async function* source(): AsyncGenerator<string> {
      yield 'x';
      throw theirs;
    }
    await expect(new MemoryFileBackend().create('a', { data: source() })).rejects.toBe(theirs);
    expect(theirs).toMatchObject({ operation: 'create', path: 'a' });
  });
});
