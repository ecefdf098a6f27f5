import { describe, expect, test } from 'vitest';
import {
  assertMatch,
  assertReadable,
  assertWritable,
  type BackendPath,
  isDirectoryKept,
} from '../src/driver/index.ts';
import { FileInfo } from '../src/index.ts';

const path = 'a' as BackendPath;
const file = new FileInfo({ path, fileType: 'file', etag: '1' });
const directory = new FileInfo({ path, fileType: 'directory' });
const other = new FileInfo({ path, fileType: 'other' });

function codeOf(work: () => unknown): unknown {
  try {
    return work() ?? 'ok';
  } catch (error) {
    return (error as { code: unknown }).code;
  }
}

describe('assertWritable', () => {
  const create = { ifExists: 'fail', ifMissing: 'create' } as const;
  const overwrite = { ifExists: 'replace', ifMissing: 'create' } as const;
  const update = { ifExists: 'replace', ifMissing: 'fail' } as const;
  test.each([
    ['create, nothing there', undefined, create, 'ok'],
    ['create, a file there', file, create, 'ALREADY_EXISTS'],
    ['create, a directory there', directory, create, 'ALREADY_EXISTS'],
    ['overwrite, nothing there', undefined, overwrite, 'ok'],
    ['overwrite, a file there', file, overwrite, 'ok'],
    ['overwrite, a directory there', directory, overwrite, 'IS_DIRECTORY'],
    ['overwrite, the right version', file, { ...overwrite, ifMatch: '1' }, 'ok'],
    ['overwrite, another version', file, { ...overwrite, ifMatch: '2' }, 'PRECONDITION_FAILED'],
    [
      'overwrite of a version, nothing there',
      undefined,
      { ...overwrite, ifMatch: '1' },
      'PRECONDITION_FAILED',
    ],
    ['overwrite of a version, a directory there', directory, { ...overwrite, ifMatch: '1' }, 'IS_DIRECTORY'],
    ['update, nothing there', undefined, update, 'NOT_FOUND'],
    ['update of a version, nothing there', undefined, { ...update, ifMatch: '1' }, 'NOT_FOUND'],
    ['update, a file there', file, update, 'ok'],
  ])('%s', (_name, current, conditions, expected) => {
    expect(codeOf(() => assertWritable(path, current, conditions))).toBe(expected);
  });
});

describe('isDirectoryKept', () => {
  test.each([
    ['nothing there', undefined, 'keep', false],
    ['nothing there', undefined, 'fail', false],
    ['a directory there', directory, 'keep', true],
    ['a directory there', directory, 'fail', 'ALREADY_EXISTS'],
    ['a file there', file, 'keep', 'NOT_DIRECTORY'],
    ['a file there', file, 'fail', 'ALREADY_EXISTS'],
  ] as const)('%s: %s %s', (_name, current, ifExists, expected) => {
    expect(codeOf(() => isDirectoryKept(path, current, { ifExists }))).toBe(expected);
  });
});

describe('assertReadable', () => {
  test.each([
    ['nothing', undefined, 'NOT_FOUND'],
    ['a directory', directory, 'IS_DIRECTORY'],
    ['a file', file, 'ok'],
    ['something else', other, 'ok'],
  ])('%s', (_name, current, expected) => {
    expect(codeOf(() => assertReadable(path, current))).toBe(expected);
  });
});

describe('assertMatch', () => {
  test.each([
    ['no condition', file, undefined, 'ok'],
    ['no condition, nothing there', undefined, undefined, 'ok'],
    ['this version', file, '1', 'ok'],
    ['another version', file, '2', 'PRECONDITION_FAILED'],
    ['nothing there', undefined, '1', 'PRECONDITION_FAILED'],
    ['no etag', directory, '1', 'PRECONDITION_FAILED'],
  ])('%s', (_name, current, ifMatch, expected) => {
    expect(codeOf(() => assertMatch(path, current, ifMatch))).toBe(expected);
  });

  test('says which path, and what to do', () => {
    expect(() => assertMatch(path, file, '2')).toThrow(
      expect.objectContaining({ path, message: expect.stringContaining('read it again') }),
    );
  });
});
