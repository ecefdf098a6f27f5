import { MemoryFileBackend } from '@f9/core';
import { expect, test } from 'vitest';
import { findSection, links, onNote, patchFrontmatter, patchSection, sections } from '../src/index.ts';

const LIMITS = { timeLimit: 60_000 };
const LONG = `---\na: 1\n---\n${Array.from({ length: 300 }, (_, i) => `# H${i}\n\n[[a]] some words\n\n`).join('')}`;
/** The parser takes minutes for it. */
const ENDLESS = '>'.repeat(200_000);

test('on a long note, in a thread of its own, the results are the same', async () => {
  expect(await onNote('sections', [LONG], LIMITS)).toEqual(sections(LONG));
  expect(await onNote('links', [LONG], LIMITS)).toEqual(links(LONG));
  expect(await onNote('findSection', [LONG, 'H7', 'n.md'], LIMITS)).toEqual(findSection(LONG, 'H7', 'n.md'));
  expect((await onNote('frontmatter', [LONG], LIMITS))?.data).toEqual({ a: 1 });
});

test('and so are the errors', async () => {
  const missing = onNote('findSection', [LONG, 'none', 'n.md'], LIMITS);
  await expect(missing).rejects.toMatchObject({ code: 'NO_MATCH', path: 'n.md' });
});

test('a note that would take minutes is refused when its time is up, by a change too, and the next one is not', async () => {
  const refused = { code: 'INVALID_ARGUMENT', message: expect.stringContaining('longer than 50 ms') };
  await expect(onNote('sections', [ENDLESS], { timeLimit: 50 })).rejects.toMatchObject(refused);
  const vault = new MemoryFileBackend();
  await vault.create('short.md', { data: '# A\n' });
  const patch = { operation: 'append', content: ENDLESS } as const;
  await expect(patchSection(vault, 'short.md', 'A', patch, { timeLimit: 50 })).rejects.toMatchObject(refused);
  expect(await vault.read('short.md', { binary: false })).toBe('# A\n');
  expect(await onNote('sections', [LONG], LIMITS)).toHaveLength(300);
});

test('a change of a long note is made', async () => {
  const vault = new MemoryFileBackend();
  await vault.create('long.md', { data: LONG });
  const patch = { operation: 'append', content: 'more' } as const;
  await patchSection(vault, 'long.md', 'H299', patch, LIMITS);
  await patchFrontmatter(vault, 'long.md', { a: undefined, b: 'x'.repeat(5000) }, LIMITS);
  const text = await vault.read('long.md', { binary: false });
  expect(text).toBe(`${LONG.replace('a: 1', `b: ${'x'.repeat(5000)}`).trimEnd()}\nmore\n\n`);
});

test('an abort ends it', async () => {
  const reason = new Error('left');
  const leaving = new AbortController();
  const endless = onNote('links', [ENDLESS], { ...LIMITS, signal: leaving.signal });
  setTimeout(() => leaving.abort(reason), 300);
  await expect(endless).rejects.toBe(reason);
});
