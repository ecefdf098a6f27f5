import { expect, test } from 'vitest';
import { mediaType } from '../src/index.ts';
import { mistaken } from './drivers.ts';

test.each([
  ['notes/a.md', 'text/markdown'],
  ['A.MD', 'text/markdown'],
  ['a.txt', 'text/plain'],
  ['src/a.ts', 'text/plain'],
  ['LICENSE', 'text/plain'],
  ['.gitignore', 'text/plain'],
  ['.json', 'text/plain'],
  ['a.json', 'application/json'],
  ['photo.JPEG', 'image/jpeg'],
  ['a.tar.gz', 'application/gzip'],
  ['report.docx', 'application/vnd.openxmlformats-officedocument.wordprocessingml.document'],
  ['a.bin', 'application/octet-stream'],
  ['a.', 'application/octet-stream'],
  ['md', 'application/octet-stream'],
  ['dir.md/data', 'application/octet-stream'],
  ['', 'application/octet-stream'],
])('%j is %s', (path, type) => {
  expect(mediaType(path)).toBe(type);
});

test('what is no path has no type', () => {
  expect(() => mediaType(mistaken({ path: 'a.md' }))).toThrow(
    expect.objectContaining({ code: 'INVALID_ARGUMENT' }),
  );
});
