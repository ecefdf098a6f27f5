import { type FileBackend, MemoryFileBackend } from '@f9/core';
import { backendOf, layer } from '@f9/core/driver';
import { describe, expect, test } from 'vitest';
import { type TransferProgress, transferAcross } from '../src/transfer/transfer-across.ts';

async function vault(files: Readonly<Record<string, string>>): Promise<FileBackend> {
  const backend = new MemoryFileBackend();
  for (const [path, data] of Object.entries(files)) await backend.create(path, { data });
  return backend;
}

const silent = { overwrite: false, onProgress: () => undefined };

describe('a transfer between vaults', () => {
  test('keeps the source where the target does not hold what was written', async () => {
    const source = await vault({ 'a.md': 'A' });
    const inner = new MemoryFileBackend().driver;
    const lossy = backendOf(
      layer(inner, { write: (path, _source, options) => inner.write(path, Buffer.from('?'), options) }),
    );
    const transfer = transferAcross(
      { backend: source, path: 'a.md' },
      { backend: lossy, path: 'a.md' },
      { ...silent, move: true },
    );
    await expect(transfer).rejects.toMatchObject({ code: 'INTEGRITY' });
    expect(await source.read('a.md', { binary: false })).toBe('A');
  });

  test('keeps what somebody wrote to the source while it was moved', async () => {
    const source = await vault({ 'a.md': 'A' });
    const inner = new MemoryFileBackend().driver;
    const target = backendOf(
      layer(inner, {
        write: async (path, bytes, options) => {
          const info = await inner.write(path, bytes, options);
          await source.update('a.md', { data: 'A, and more' });
          return info;
        },
      }),
    );
    const transfer = transferAcross(
      { backend: source, path: 'a.md' },
      { backend: target, path: 'a.md' },
      { ...silent, move: true },
    );
    await expect(transfer).rejects.toMatchObject({ code: 'BUSY' });
    expect(await source.read('a.md', { binary: false })).toBe('A, and more');
  });

  test('moves from a vault that cannot compare versions', async () => {
    const { driver } = await vault({ 'd/a.md': 'A', 'd/e/b.md': 'B' });
    const source = backendOf(layer(driver, { capabilities: { ...driver.capabilities, ifMatch: false } }));
    const target = await vault({});
    await transferAcross(
      { backend: source, path: 'd' },
      { backend: target, path: '/' },
      { ...silent, move: true },
    );
    expect(await Array.fromAsync(source.list('/'))).toEqual([]);
    expect(await target.glob('**')).toEqual(['a.md', 'e/b.md']);
  });

  test('tells how far it is', async () => {
    const source = await vault({ 'd/a.md': 'AAA', 'd/b.md': 'BB' });
    const seen: TransferProgress[] = [];
    await transferAcross(
      { backend: source, path: 'd' },
      { backend: await vault({}), path: 'x' },
      { overwrite: false, move: false, onProgress: (progress) => seen.push(progress) },
    );
    expect(seen.at(-1)).toMatchObject({ done: 2, total: 2, bytes: 5 });
  });

  test('does nothing once it is aborted', async () => {
    const [source, target] = [await vault({ 'a.md': 'A' }), await vault({})];
    const transfer = transferAcross(
      { backend: source, path: 'a.md' },
      { backend: target, path: 'a.md' },
      { ...silent, move: true, signal: AbortSignal.abort(new Error('enough')) },
    );
    await expect(transfer).rejects.toThrow('enough');
    expect(await source.exists('a.md')).toBe(true);
    expect(await target.exists('a.md')).toBe(false);
  });
});
