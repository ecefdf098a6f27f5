import type { BackendPath } from '@f9/core/driver';
import { expect, test } from 'vitest';
import { encodeEntry, fitsAttributes, inlineCapacity, MAX_INLINE_BYTES } from '../src/entries/attributes.ts';
import { decodeEntry } from '../src/entries/decode.ts';
import { compareVersions, type Entry, type FileEntry } from '../src/entries/entry.ts';
import type { Attributes } from '../src/service/service.ts';

const file: FileEntry = {
  kind: 'file',
  fileId: 'file-1',
  writeId: '0mws93fl5e45a71cc0663bc86',
  path: 'notes/a b ä\u{1F600}.md' as BackendPath,
  generation: 1_800_000_000_123,
  size: 12_345,
  sha256: 'ab'.repeat(32),
  createdAt: 1_800_000_000_000,
  modifiedAt: 1_800_000_000_456,
  hasText: true,
  gap: undefined,
  tags: [],
  bytes: { form: 'inline', codec: 'br', data: 'QUJD'.repeat(700) },
};

const ENTRIES: Readonly<Record<string, Entry>> = {
  'a file in attributes': file,
  'an empty file': { ...file, size: 0, hasText: false, bytes: { form: 'inline', codec: 'raw', data: '' } },
  'a note with tags': { ...file, tags: ['garden', 'a "b" [c] \u{1F600}', '...'] },
  'a note with more tags than are told': { ...file, tags: undefined },
  'a file in parts': { ...file, bytes: { form: 'carrier', partSize: 3_145_728 } },
  'a file in a content store': { ...file, bytes: { form: 'external', listSha256: undefined } },
  'a large file in a content store': { ...file, bytes: { form: 'external', listSha256: 'cd'.repeat(32) } },
  'a file at the root': { ...file, path: 'a' as BackendPath },
  'a file with a long path': {
    ...file,
    path: `${'deep/'.repeat(200)}${`${'\u{1F600}'.repeat(50)}/`.repeat(5)}end` as BackendPath,
    bytes: { form: 'carrier', partSize: 1024 },
  },
  'a directory': {
    kind: 'directory',
    fileId: 'file-2',
    writeId: 'w',
    path: 'dir' as BackendPath,
    generation: 5,
    createdAt: 7,
  },
  'a part': {
    kind: 'part',
    fileId: 'file-3',
    writeId: 'w',
    number: 12,
    codec: 'raw',
    size: 1024,
    carried: 1000,
    sha256: 'ef'.repeat(32),
  },
  'a passage': { kind: 'passage', fileId: 'file-4', writeId: 'w', number: 2, directory: '/' },
};

test.for(Object.entries(ENTRIES))(
  '%s comes back from its attributes, within the published limits',
  ([, entry]) => {
    const attributes = encodeEntry(entry);
    expect(Object.keys(attributes).length).toBeLessThanOrEqual(16);
    for (const [key, value] of Object.entries(attributes)) {
      expect(key.length).toBeLessThanOrEqual(64);
      if (typeof value === 'string') {
        expect(value.length).toBeLessThanOrEqual(512);
        expect(value.isWellFormed()).toBe(true);
      }
    }
    const travelled = JSON.parse(JSON.stringify(attributes)) as Attributes;
    expect(decodeEntry(entry.fileId, travelled)).toEqual(entry);
  },
);

test('tags that attributes have no room for are not told', () => {
  const tags = Array.from({ length: 100 }, (_, i) => `tag ${i}`);
  expect(decodeEntry(file.fileId, encodeEntry({ ...file, tags }))).toEqual({ ...file, tags: undefined });
});

test.for(['[]', '[1]', '["a"', '[["a"]]', '["a"] ', '["\\u0061"]', '[...] '])(
  'tags that f9 would not have written are damage: %s',
  (list) => {
    const { content, ...others } = encodeEntry(file);
    const changed = { ...others, content: `${content} ${list}` };
    expect(decodeEntry(file.fileId, changed)).toMatchObject({ kind: 'damaged', path: file.path });
  },
);

test('any changed or missing attribute is noticed, and what is not ours is left alone', () => {
  for (const entry of Object.values(ENTRIES)) {
    const attributes = encodeEntry(entry);
    const path = 'path' in entry ? entry.path : undefined;
    for (const key of Object.keys(attributes)) {
      if (key === 'f9') continue;
      const { [key]: _, ...without } = attributes;
      const place = key.startsWith('path') || key === 'check' ? undefined : path;
      const damaged = { kind: 'damaged', fileId: 'file-1', path: place };
      expect(decodeEntry('file-1', without), `without ${key}`).toMatchObject(damaged);
      expect(decodeEntry('file-1', { ...attributes, [key]: 'other' }), key).toMatchObject(damaged);
    }
    expect(decodeEntry('file-1', { ...attributes, f9: 'newer' })).toMatchObject({ kind: 'damaged', path });
    expect(decodeEntry(entry.fileId, { ...attributes, more: 1, path99: 'x' })).toEqual(entry);
  }
});

/** What somebody with the key could write, checksums and all. */
function forged(entry: Entry, change: object): Attributes {
  return encodeEntry({ ...entry, ...change } as Entry);
}

test.for([
  '../../escape',
  '.f9/lock',
  'a\0b',
  '',
  'a//b',
  '/a',
  'a/',
  'a\\b',
  '.',
  '\uD800',
  'n'.repeat(256),
])('an entry that calls itself %j is damage without a place', (path) => {
  expect(decodeEntry('file-1', forged(file, { path }))).toEqual({
    kind: 'damaged',
    fileId: 'file-1',
    path: undefined,
    shown: path,
  });
});

test.for([
  { writeId: '../../up' },
  { writeId: 'two words' },
  { generation: Number.MAX_SAFE_INTEGER },
  { size: -1 },
  { size: 1e12 },
  { modifiedAt: 1e16 },
  { createdAt: Number.NaN },
  { sha256: 'short' },
  { gap: 'other' },
  { bytes: { form: 'inline', codec: 'zip', data: '' } },
  { bytes: { form: 'carrier', partSize: 0 } },
  { bytes: { form: 'carrier', partSize: 1e12 } },
  { bytes: { form: 'external', listSha256: '../x' } },
  { bytes: { form: 'nowhere' } },
])('a forged %o is damage at its path, not something to trip over', (change) => {
  expect(decodeEntry('file-1', forged(file, change))).toMatchObject({ kind: 'damaged', path: file.path });
});

test('what does not bear our mark is not ours', () => {
  expect(decodeEntry('file-1', null)).toBeUndefined();
  expect(decodeEntry('file-1', undefined)).toBeUndefined();
  expect(decodeEntry('file-1', {})).toBeUndefined();
  expect(decodeEntry('file-1', { path: 'a.md', f9: 1 })).toBeUndefined();
});

test('a longer path leaves less room for bytes', () => {
  const path = (length: number): BackendPath => 'p'.repeat(length) as BackendPath;
  expect((inlineCapacity(path(10)) * 3) / 4).toBe(MAX_INLINE_BYTES);
  expect(MAX_INLINE_BYTES).toBe(3072);
  expect(inlineCapacity(path(513))).toBe(inlineCapacity(path(512)) - 512);
  expect(fitsAttributes(file)).toBe(true);
  expect(fitsAttributes({ ...file, path: path(2048) })).toBe(false);
});

test('of two versions the one of the higher generation is later, of equal ones that of the higher write id', () => {
  const [a, b] = [
    { ...file, writeId: 'a' },
    { ...file, writeId: 'b' },
  ];
  expect(compareVersions(a, { ...b, generation: a.generation - 1 })).toBeGreaterThan(0);
  expect(compareVersions(a, b)).toBeLessThan(0);
  expect(compareVersions(b, a)).toBeGreaterThan(0);
  expect(compareVersions(a, a)).toBe(0);
});
