import { getEventListeners } from 'node:events';
import { expect, test } from 'vitest';
import { type Content, MemoryFileBackend } from '../src/index.ts';

test('null is no content', async () => {
  const backend = new MemoryFileBackend();
  const nothing: unknown = null;
  await expect(backend.create('a', { data: nothing as Content })).rejects.toMatchObject({
    code: 'INVALID_ARGUMENT',
  });
  expect(await backend.exists('a')).toBe(false);
});

test('what is wrong in the middle of a source says which operation on which path it ended', async () => {
  const backend = new MemoryFileBackend();
  const chunks: unknown[] = ['good', 42];
  await expect(backend.create('a', { data: chunks as string[] })).rejects.toMatchObject({
    code: 'INVALID_ARGUMENT',
    operation: 'create',
    path: 'a',
  });
});

test('a text stream whose last bytes are bad says where, and lets go of its signal', async () => {
  const backend = new MemoryFileBackend();
  await backend.create('a', { data: new Uint8Array([97, 0xff]) });
  const { signal } = new AbortController();
  await expect(Array.fromAsync(backend.streamRead('a', { binary: false, signal }))).rejects.toMatchObject({
    code: 'INVALID_TEXT',
    operation: 'streamRead',
    path: 'a',
  });
  expect(getEventListeners(signal, 'abort')).toHaveLength(0);
});
