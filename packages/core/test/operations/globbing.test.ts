import { describe, expect, test } from 'vitest';
import { type BackendDriver, type BackendPath, DriverBackend, layer } from '../../src/driver/index.ts';
import {
  type FileBackend,
  MemoryFileBackend,
  rememberDirectories,
  restrict,
  subdirectory,
} from '../../src/index.ts';
import { memoryDriver } from '../drivers.ts';

test('however many paths match, the event loop has its turns while they are put in order', async () => {
  const paths = Array.from({ length: 60_000 }, (_, n) => `${(n * 2654435761) % 2 ** 32}` as BackendPath);
  await using vault = new DriverBackend({ ...memoryDriver(), glob: async () => [...paths] });
  let turns = 0;
  let next = setImmediate(function count() {
    turns++;
    next = setImmediate(count);
  });
  const found = await vault.glob('*');
  clearImmediate(next);
  expect(found).toEqual(paths.toSorted());
  expect(turns).toBeGreaterThan(20);
});

describe('around a driver with a walk of its own', () => {
  const TREE = ['in/a.md', 'in/d/b.md', 'in/d/out/c.md', 'in/out/e/d.md', 'in/.git/objects/e', 'out/f.md'];
  const LAYERS: Readonly<Record<string, (vault: FileBackend) => FileBackend>> = {
    restrict: (vault) => restrict(vault, { read: { deny: ['**/.git'] } }),
    rememberDirectories,
    'subdirectory of the root': (vault) => subdirectory(vault, '/'),
  };

  /** A vault whose driver globs, and notes which directories are listed. */
  async function walking(): Promise<{ readonly vault: FileBackend; readonly listed: string[] }> {
    const { driver: inner } = new MemoryFileBackend();
    const listed: string[] = [];
    const driver: BackendDriver = layer(inner, {
      capabilities: { ...inner.capabilities, emptyDirectories: false },
      list: async function* (path, options) {
        listed.push(options.recursive ? `${path}/**` : path);
        yield* inner.list(path, options);
      },
      glob: (pattern) => new DriverBackend(inner).glob(pattern.source) as Promise<BackendPath[]>,
    });
    const vault = new DriverBackend(driver);
    for (const path of TREE) await vault.create(path, { data: path });
    return { vault, listed };
  }

  test.each(Object.entries(LAYERS))('%s lists only where something can match', async (_, layerOf) => {
    const { vault, listed } = await walking();
    const layered = layerOf(vault);
    const options = { ignore: ['**/out'], includeDirs: true };
    expect(await layered.glob('**', options)).toEqual(['in', 'in/a.md', 'in/d', 'in/d/b.md']);
    expect(listed).toEqual(['', 'in', 'in/d']);
    listed.length = 0;
    expect(await layered.glob('in/*/*.md')).toEqual(['in/d/b.md']);
    expect(listed.toSorted()).toEqual(['in', 'in/d', 'in/out']);
    expect(await layered.glob('none/**')).toEqual([]);
    expect(await layered.glob('out/**', { ignore: ['out'] })).toEqual([]);
  });

  test('what is hidden is not listed', async () => {
    const { vault, listed } = await walking();
    const found = await restrict(vault, { read: { deny: ['**/.git'] } }).glob('**', { dot: true });
    expect(found).toEqual(TREE.filter((path) => !path.includes('.git')));
    expect(listed.filter((path) => path.includes('.git'))).toEqual([]);
    expect(listed).not.toContain('/**');
  });

  test('a directory that goes away meanwhile is left out', async () => {
    const { vault } = await walking();
    const driver = layer(vault.driver, {
      list: async function* (path, options) {
        if (path === 'in') await vault.delete('in', { recursive: true });
        yield* vault.driver.list(path, options);
      },
    });
    expect(await restrict(new DriverBackend(driver), {}).glob('**')).toEqual(['out/f.md']);
  });
});
