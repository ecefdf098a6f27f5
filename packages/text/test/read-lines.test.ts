import { MemoryFileBackend } from '@f9/core';
import { DriverBackend, layer } from '@f9/core/driver';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readLines, tailLines } from '../src/index.ts';

async function vaultOf(data: string | Uint8Array): Promise<MemoryFileBackend> {
  const vault = new MemoryFileBackend();
  await vault.create('a.txt', { data });
  return vault;
}

const linesOf = (text: string): string[] => text.match(/[^\n]*\n|[^\n]+$/g) ?? [];

describe('readLines', () => {
  test('is a slice of the lines of the whole file, at every border', async () => {
    const line = fc.constantFrom('', 'a', 'bc', 'é\r', '😀');
    await fc.assert(
      fc.asyncProperty(
        fc.array(line, { maxLength: 6 }),
        fc.boolean(),
        fc.nat(7),
        fc.integer({ min: 1, max: 7 }),
        async (parts, ended, offset, limit) => {
          const text = parts.join('\n') + (ended ? '\n' : '');
          const all = linesOf(text);
          const result = await readLines(await vaultOf(text), 'a.txt', { offset, limit });
          const expected = all.slice(offset, offset + limit);
          expect(result.text).toBe(expected.join(''));
          expect(result.endLine - result.startLine + 1).toBe(expected.length);
          if (offset + limit < all.length) expect(result.nextOffset).toBe(offset + limit);
          else expect(result).toMatchObject({ totalLines: all.length });
        },
      ),
    );
  });

  test('going on with nextOffset gives the whole file, whatever maxBytes is, unless a line is longer', async () => {
    const text = Array.from({ length: 500 }, (_, i) => `line ${i} ${'ä'.repeat(i % 40)}\n`).join('');
    const vault = await vaultOf(text);
    for (const maxBytes of [90, 100, 1000, 100_000]) {
      let read = '';
      for (let offset: number | undefined = 0; offset !== undefined; ) {
        const part: Awaited<ReturnType<typeof readLines>> = await readLines(vault, 'a.txt', {
          offset,
          maxBytes,
        });
        expect(Buffer.byteLength(part.text)).toBeLessThanOrEqual(maxBytes);
        expect(part.lineCut).toBe(false);
        read += part.text;
        offset = part.nextOffset;
      }
      expect(read).toBe(text);
    }
  });

  test('a line that is too long is cut between characters, and the next one can be read', async () => {
    const vault = await vaultOf(`${'😀'.repeat(100)}\nnext\n`);
    const first = await readLines(vault, 'a.txt', { maxBytes: 10 });
    expect(first).toMatchObject({ text: '😀😀', lineCut: true, startLine: 1, endLine: 1, nextOffset: 1 });
    expect(await readLines(vault, 'a.txt', { offset: 1, maxBytes: 10 })).toMatchObject({
      text: 'next\n',
      totalLines: 2,
    });
  });

  test('going on with nextLineOffset gives the whole of a line that is too long', async () => {
    const line = fc.string({ unit: fc.constantFrom('a', 'é', '€', '😀'), maxLength: 60 });
    await fc.assert(
      fc.asyncProperty(line, fc.boolean(), fc.integer({ min: 4, max: 30 }), async (long, ended, maxBytes) => {
        const vault = await vaultOf(`first\n${long}${ended ? '\nlast' : ''}`);
        let read = '';
        for (let lineOffset: number | undefined = 0; lineOffset !== undefined; ) {
          const part: Awaited<ReturnType<typeof readLines>> = await readLines(vault, 'a.txt', {
            offset: 1,
            limit: 1,
            lineOffset,
            maxBytes,
          });
          expect(Buffer.byteLength(part.text)).toBeLessThanOrEqual(maxBytes);
          expect(part.lineCut).toBe(part.nextLineOffset !== undefined);
          expect(part.startLine).toBe(2);
          read += part.text;
          lineOffset = part.nextLineOffset;
        }
        expect(read).toBe(ended ? `${long}\n` : long);
      }),
    );
  });

  test('a line is read on from a whole character, and the lines behind it are whole', async () => {
    const vault = await vaultOf('a😀b\nnext\n');
    expect((await readLines(vault, 'a.txt', { lineOffset: 2 })).text).toBe('b\nnext\n');
    expect((await readLines(vault, 'a.txt', { lineOffset: 99 })).text).toBe('next\n');
  });

  test('stops early: a line of a large file takes no more than a chunk beyond it', async () => {
    const vault = await vaultOf('x'.repeat(99).concat('\n').repeat(100_000));
    let bytes = 0;
    const { driver } = vault;
    const counted = new DriverBackend(
      layer(driver, {
        async *read(path, options) {
          for await (const chunk of driver.read(path, options)) {
            for (let from = 0; from < chunk.length; from += 64 * 1024) {
              const piece = chunk.subarray(from, from + 64 * 1024);
              bytes += piece.length;
              yield piece;
            }
          }
        },
      }),
    );
    await readLines(counted, 'a.txt', { offset: 100, limit: 1 });
    expect(bytes).toBeLessThanOrEqual(101 * 100 + 3 * 64 * 1024);
  });

  test('tells the etag for ifMatch', async () => {
    const vault = await vaultOf('a\n');
    expect((await readLines(vault, 'a.txt')).etag).toBe((await vault.info('a.txt')).etag);
  });

  test.each([
    { offset: -1 },
    { lineOffset: -1 },
    { offset: 0.5 },
    { limit: 0 },
    { maxBytes: 0 },
    { limit: Number.NaN },
  ])('%o is INVALID_ARGUMENT', async (options) => {
    await expect(readLines(await vaultOf('a'), 'a.txt', options)).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
    });
  });

  test('bytes that are no UTF-8 are INVALID_TEXT, and only where they are wanted', async () => {
    const vault = await vaultOf(
      Buffer.concat([Buffer.from('good\n'), Buffer.from([0xff, 10]), Buffer.from('\0\n')]),
    );
    expect(await readLines(vault, 'a.txt', { limit: 1 })).toMatchObject({ text: 'good\n' });
    await expect(readLines(vault, 'a.txt', { offset: 1, limit: 1 })).rejects.toMatchObject({
      code: 'INVALID_TEXT',
    });
    await expect(readLines(vault, 'a.txt', { offset: 2 })).rejects.toMatchObject({ code: 'INVALID_TEXT' });
  });

  test('a missing file is NOT_FOUND, a directory IS_DIRECTORY', async () => {
    const vault = await vaultOf('a');
    await vault.create('d/x');
    await expect(readLines(vault, 'none')).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(readLines(vault, 'd')).rejects.toMatchObject({ code: 'IS_DIRECTORY' });
  });
});

describe('tailLines', () => {
  test('is the end of the lines of the whole file', async () => {
    const lines = fc.array(fc.constantFrom('', 'a', 'é', 'x'.repeat(70_000)), { maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(lines, fc.boolean(), fc.integer({ min: 1, max: 6 }), async (parts, ended, limit) => {
        const text = parts.join('\n') + (ended ? '\n' : '');
        const all = linesOf(text);
        const result = await tailLines(await vaultOf(text), 'a.txt', { limit });
        expect(result.text).toBe(all.slice(-limit).join(''));
        expect(result).toMatchObject({ lines: Math.min(limit, all.length), whole: all.length <= limit });
      }),
      { numRuns: 60 },
    );
  });

  test('gives whole lines within maxBytes', async () => {
    const vault = await vaultOf('one\ntwo\nthree\n');
    expect(await tailLines(vault, 'a.txt', { maxBytes: 10 })).toMatchObject({
      text: 'two\nthree\n',
      lines: 2,
      whole: false,
    });
    expect(await tailLines(vault, 'a.txt', { maxBytes: 5 })).toMatchObject({
      text: '',
      lines: 0,
      whole: false,
    });
  });
});
