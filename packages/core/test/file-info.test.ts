import { describe, expect, test } from 'vitest';
import type { FileInfoInit } from '../src/driver/index.ts';
import { FileInfo } from '../src/index.ts';

function file(init: Partial<FileInfoInit> = {}): FileInfo {
  return new FileInfo({ path: 'dir/a.txt', fileType: 'file', ...init });
}

const WHOLE: FileInfoInit = {
  path: 'dir/a.txt',
  fileType: 'file',
  size: 3,
  createdAt: new Date(1000),
  modifiedAt: new Date(2000),
  accessedAt: new Date(3000),
  permissions: 0o644,
  ownerUid: 1,
  ownerGid: 2,
  checksum: 'ff',
  encoding: 'utf-8',
  etag: '7',
};

test('keeps what it is told, and makes nothing up', () => {
  expect({ ...new FileInfo(WHOLE) }).toEqual(WHOLE);
  const bare = file();
  for (const key of Object.keys(WHOLE).filter((each) => each !== 'path' && each !== 'fileType')) {
    expect(bare[key as keyof FileInfo], key).toBeUndefined();
  }
});

test('is immutable', () => {
  const info = new FileInfo(WHOLE);
  expect(Object.isFrozen(info)).toBe(true);
  expect(() => Object.assign(info, { size: 4 })).toThrow(TypeError);
  expect(info.size).toBe(3);
});

test('a copy that knows more leaves the first as it was', () => {
  const info = file({ size: 3 });
  const more = info.with({ checksum: 'ff' });
  expect(more).toBeInstanceOf(FileInfo);
  expect(more).toMatchObject({ path: 'dir/a.txt', size: 3, checksum: 'ff' });
  expect(info.checksum).toBeUndefined();
  expect(more.with({ size: undefined }).size).toBeUndefined();
});

test.each(['file', 'directory', 'symlink', 'other'] as const)(
  'a %s is a directory only if it is one',
  (fileType) => {
    expect(file({ fileType }).isDir).toBe(fileType === 'directory');
  },
);

describe('text or binary', () => {
  test.each([
    ['a.md', true],
    ['a.MD', true],
    ['dir.d/README', true],
    ['Makefile', true],
    ['.gitignore', true],
    ['a.tar.gz', false],
    ['a.png', false],
    ['dir.md/a', false],
    ['a.', false],
    ['no-extension', false],
  ])('by the name, where the encoding is not known: %s', (path, isText) => {
    expect(file({ path }).isTextFile()).toBe(isText);
    expect(file({ path }).isBinaryFile()).toBe(!isText);
  });

  test('by the encoding, where it is', () => {
    expect(file({ path: 'a.png', encoding: 'utf-16le' }).isTextFile()).toBe(true);
    expect(file({ path: 'a.txt', encoding: 'binary' }).isTextFile()).toBe(false);
  });

  test('what is no file is neither', () => {
    const directory = file({ path: 'a.md', fileType: 'directory' });
    expect([directory.isTextFile(), directory.isBinaryFile()]).toEqual([false, false]);
  });
});

test.each<[string, Partial<FileInfoInit>, number | undefined, boolean]>([
  ['its owner', { permissions: 0o400, ownerUid: 5 }, 5, true],
  ['its owner, who may not', { permissions: 0o044, ownerUid: 5 }, 5, false],
  ['another, by the group', { permissions: 0o040, ownerUid: 5 }, 6, true],
  ['another, by all', { permissions: 0o004, ownerUid: 5 }, 6, true],
  ['another, who may not', { permissions: 0o700, ownerUid: 5 }, 6, false],
  ['root', { permissions: 0o000, ownerUid: 5 }, 0, true],
  ['anybody, where permissions are not known', {}, 6, true],
])('readable by %s', (_name, init, uid, expected) => {
  expect(file(init).isReadable(uid)).toBe(expected);
});

test('readable by this process, unless another is named', () => {
  const uid = process.getuid?.();
  const own = file({ permissions: 0o400, ownerUid: uid });
  expect(own.isReadable()).toBe(true);
});

test('modified since: later, and where it is not known', () => {
  const info = file({ modifiedAt: new Date(2000) });
  expect(info.isModifiedSince(new Date(1999))).toBe(true);
  expect(info.isModifiedSince(new Date(2000))).toBe(false);
  expect(file().isModifiedSince(new Date())).toBe(true);
});

test('as JSON: dates as ISO strings, what is not known left out', () => {
  expect(JSON.parse(JSON.stringify(new FileInfo(WHOLE)))).toEqual({
    ...WHOLE,
    createdAt: '1970-01-01T00:00:01.000Z',
    modifiedAt: '1970-01-01T00:00:02.000Z',
    accessedAt: '1970-01-01T00:00:03.000Z',
    isDir: false,
  });
  expect(JSON.parse(JSON.stringify(file()))).toEqual({ path: 'dir/a.txt', fileType: 'file', isDir: false });
});
