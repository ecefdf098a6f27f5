import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compareBytes, compareTreeOrder, ordered } from '../../src/driver/index.ts';

interface Entry {
  readonly path: string;
}

/** A store of keys that gives pages of a few, and counts them. */
function storeOf(keys: readonly string[], pageSize: number) {
  const sorted = [...keys].sort(compareBytes);
  const counts = { pages: 0, lists: 0, ended: 0 };
  async function* list(prefix: string, after: string | undefined): AsyncGenerator<readonly Entry[]> {
    counts.lists++;
    const found = sorted.filter(
      (key) => key.startsWith(prefix) && (after === undefined || compareBytes(key, after) > 0),
    );
    try {
      for (let at = 0; at < found.length; at += pageSize) {
        counts.pages++;
        yield found.slice(at, at + pageSize).map((path) => ({ path }));
      }
    } finally {
      counts.ended++;
    }
  }
  return { list, counts };
}

async function paths(keys: readonly string[], prefix: string, pageSize: number, mostHeld: number) {
  const { list } = storeOf(keys, pageSize);
  const entries = await Array.fromAsync(ordered({ list }, prefix, { mostHeld }));
  return entries.map(({ path }) => path);
}

/** Names around the slash, of which none is a file and a directory at once. */
const tree = fc
  .array(
    fc.array(
      fc.oneof(
        {
          arbitrary: fc.string({
            unit: fc.constantFrom('a', 'b', '-', '.', '!', '0', ' '),
            minLength: 1,
            maxLength: 3,
          }),
          weight: 9,
        },
        { arbitrary: fc.constantFrom('é', '😀', '\uffff', 'a\u{10ffff}'), weight: 1 },
      ),
      { minLength: 1, maxLength: 4 },
    ),
    { maxLength: 40 },
  )
  .map((names) => [...new Set(names.map((each) => each.join('/')))])
  .map((all) => all.filter((path) => !all.some((other) => other.startsWith(`${path}/`))));

test('what a store lists by bytes comes in the order of the tree, from the root and from any directory, however little is held back', async () => {
  await fc.assert(
    fc.asyncProperty(
      tree,
      fc.integer({ min: 1, max: 5 }),
      fc.constantFrom(1, 2, 3, 5000),
      async (keys, page, held) => {
        expect(await paths(keys, '', page, held)).toEqual([...keys].sort(compareTreeOrder));
        const directory = keys.find((key) => key.includes('/'))?.replace(/\/[^/]*$/, '/');
        if (directory === undefined) return;
        const inside = keys.filter((key) => key.startsWith(directory)).sort(compareTreeOrder);
        expect(await paths(keys, directory, page, held)).toEqual(inside);
      },
    ),
    { numRuns: 4000 },
  );
});

test('many between a directory and its contents cost a look at the directory, and no page is read twice but where it is leapt over', async () => {
  const between = Array.from({ length: 20_000 }, (_, n) => `dir-${String(n).padStart(5, '0')}`);
  const below = Array.from({ length: 3000 }, (_, n) => `dir/${String(n).padStart(5, '0')}`);
  const keys = [...between, ...below, 'zoo'];
  const { list, counts } = storeOf(keys, 1000);
  const found = await Array.fromAsync(ordered({ list }, ''));
  expect(found.map(({ path }) => path)).toEqual([...keys].sort(compareTreeOrder));
  expect(counts.pages).toBeLessThanOrEqual(30);
});

test('whoever leaves early ends the listing', async () => {
  const { list, counts } = storeOf(['a', 'b', 'c'], 1);
  for await (const entry of ordered({ list }, '')) {
    expect(entry.path).toBe('a');
    break;
  }
  expect(counts).toEqual({ pages: 1, lists: 1, ended: 1 });
});
