import { describe, expect, test } from 'vitest';
import { type FileBackend, mirror } from '../../src/index.ts';
import { changed, paths, vault } from './vaults.ts';

/** A vault that keeps permissions; `fixed`: it shows these for every file, whatever is asked for. */
async function keeping(
  files: Readonly<Record<string, readonly [text: string, permissions: number]>>,
  fixed?: number,
): Promise<FileBackend> {
  const bits = new Map<string, number>();
  const inner = await vault({});
  const kept = changed(inner, (driver) => ({
    write: async (path, data, options) => {
      const info = await driver.write(path, data, options);
      bits.set(path, fixed ?? options.permissions ?? 0o644);
      return info.with({ permissions: bits.get(path) });
    },
    stat: async (path, options) => (await driver.stat(path, options))?.with({ permissions: bits.get(path) }),
    async *list(path, options) {
      for await (const batch of driver.list(path, options)) {
        yield batch.map((entry) => entry.with({ permissions: bits.get(entry.path) }));
      }
    },
  }));
  for (const [path, [data, permissions]] of Object.entries(files)) {
    await kept.create(path, { data, permissions });
  }
  return kept;
}

async function bitsOf(backend: FileBackend): Promise<Record<string, string | undefined>> {
  const found = await Promise.all(
    (await backend.globFiles('**')).map(
      async (path) => [path, (await backend.info(path)).permissions] as const,
    ),
  );
  return Object.fromEntries(found.map(([path, bits]) => [path, bits?.toString(8)]));
}

describe('permissions', () => {
  test('of a copy are those of the source: what runs runs, what is private stays private', async () => {
    const source = await keeping({ run: ['r', 0o755], plain: ['p', 0o644], secret: ['s', 0o600] });
    const target = await keeping({});
    await mirror(source, target);
    expect(await bitsOf(target)).toEqual({ run: '755', plain: '644', secret: '600' });
  });

  test('are never wider than those of the file that is replaced, but for running it', async () => {
    const source = await keeping({ a: ['new', 0o644], b: ['new', 0o755], c: ['new', 0o600] });
    const target = await keeping({ a: ['old', 0o600], b: ['old', 0o600], c: ['old', 0o644] });
    await mirror(source, target);
    expect(await bitsOf(target)).toEqual({ a: '600', b: '700', c: '600' });
  });

  test('are followed where the content is the same, and then there is nothing to do', async () => {
    const source = await keeping({
      run: ['x', 0o755],
      not: ['x', 0o644],
      secret: ['x', 0o600],
      shut: ['x', 0o644],
    });
    const target = await keeping({
      run: ['x', 0o644],
      not: ['x', 0o755],
      secret: ['x', 0o644],
      shut: ['x', 0o600],
    });
    const result = await mirror(source, target);
    expect(result.updated).toEqual(
      ['not', 'run', 'secret'].map((path) => ({ path, reason: 'its permissions differ' })),
    );
    expect(await bitsOf(target)).toEqual({ run: '755', not: '644', secret: '600', shut: '600' });
    expect((await mirror(source, target)).unchanged).toHaveLength(4);
  });

  test('of a target that shows the same for every file are tried once, not for every file', async () => {
    const files = Object.fromEntries(Array.from({ length: 10 }, (_, i) => [`f${i}`, ['x', 0o644] as const]));
    const source = await keeping(files);
    const target = await keeping(files, 0o777);
    const result = await mirror(source, target);
    expect(paths(result.updated)).toEqual(['f0']);
    expect(result.unchanged).toHaveLength(9);
    expect(result.failed).toEqual([]);
  });

  test('of what a backup keeps are those it had', async () => {
    const attic = await keeping({});
    const target = await keeping({ secret: ['old', 0o600] });
    await mirror(await keeping({ secret: ['new', 0o644] }), target, { backup: attic });
    expect(await bitsOf(attic)).toEqual({ secret: '600' });
  });
});
