import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ChunkCutter, concatBytes, regroup } from '../src/driver/index.ts';

const blocks = fc.array(fc.uint8Array({ maxLength: 20 }), { maxLength: 20 });

function cutAll(cutter: ChunkCutter, source: readonly Uint8Array[]): Uint8Array[] {
  const chunks = source.flatMap((block) => [...cutter.cut(block)]);
  const rest = cutter.end();
  return rest === undefined ? chunks : [...chunks, rest];
}

describe('ChunkCutter', () => {
  test('every chunk but the last has its size, none is empty, and together they are what came in', () => {
    fc.assert(
      fc.property(blocks, fc.integer({ min: 1, max: 30 }), (source, size) => {
        const chunks = cutAll(new ChunkCutter(size), source);
        expect(chunks.slice(0, -1).every((chunk) => chunk.length === size)).toBe(true);
        expect(chunks.every((chunk) => chunk.length > 0 && chunk.length <= size)).toBe(true);
        expect(Buffer.concat(chunks)).toEqual(Buffer.concat(source));
      }),
      { numRuns: 500 },
    );
  });

  test('copies nothing that lies inside one block', () => {
    const block = new Uint8Array(100);
    const chunks = cutAll(new ChunkCutter(30), [block]);
    expect(chunks.map((chunk) => [chunk.length, chunk.buffer === block.buffer])).toEqual([
      [30, true],
      [30, true],
      [30, true],
      [10, true],
    ]);
  });

  test('a size far beyond what comes takes no more memory than what comes', () => {
    const chunks = cutAll(new ChunkCutter(Number.MAX_SAFE_INTEGER), [new Uint8Array(3), new Uint8Array(4)]);
    expect(chunks.map((chunk) => chunk.length)).toEqual([7]);
  });

  test('starts anew after its end', () => {
    const cutter = new ChunkCutter(4);
    cutAll(cutter, [new Uint8Array(3)]);
    expect(cutter.end()).toBeUndefined();
    expect(cutAll(cutter, [new Uint8Array(5)]).map((chunk) => chunk.length)).toEqual([4, 1]);
  });
});

describe('regroup', () => {
  test('gives pieces of its size as soon as they are whole', async () => {
    const steps: string[] = [];
    async function* source(): AsyncGenerator<Uint8Array> {
      for (const length of [3, 3, 3, 1]) {
        steps.push(`in ${length}`);
        yield new Uint8Array(length);
      }
    }
    for await (const piece of regroup(source(), 4)) steps.push(`out ${piece.length}`);
    expect(steps).toEqual(['in 3', 'in 3', 'out 4', 'in 3', 'out 4', 'in 1', 'out 2']);
  });

  test('lets go of its source when it is left early', async () => {
    let isFreed = false;
    async function* source(): AsyncGenerator<Uint8Array> {
      try {
        for (;;) yield new Uint8Array(10);
      } finally {
        isFreed = true;
      }
    }
    for await (const _ of regroup(source(), 4)) break;
    expect(isFreed).toBe(true);
  });
});

test('concatBytes copies but what is one piece already', () => {
  const one = Uint8Array.of(1, 2);
  expect(concatBytes([one])).toBe(one);
  expect([...concatBytes([one, Buffer.from([3]), new Uint8Array()])]).toEqual([1, 2, 3]);
  expect(concatBytes([])).toEqual(new Uint8Array());
});
