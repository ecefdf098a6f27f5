import { describe, expect, test } from 'vitest';
import { type BackendDriver, backendError, DriverBackend, layer } from '../../src/driver/index.ts';
import { manyDriver, minimalDriver } from '../drivers.ts';

async function tree(driver: BackendDriver, files: number): Promise<DriverBackend> {
  const backend = new DriverBackend(driver);
  for (let n = 0; n < files; n++) await backend.create(`tree/d${n % 20}/e${n % 3}/f${n}`, { data: `${n}` });
  return backend;
}

describe('deleting a directory with all that is in it', () => {
  test('takes few calls, however many files and directories there are', async () => {
    const { driver, calls } = manyDriver();
    const backend = await tree(driver, 1000);
    calls.length = 0;
    await backend.delete('tree', { recursive: true });
    // The one that finds it not empty, the listing, the files, and a call for each depth of directories.
    expect(calls).toEqual(['remove', 'list', 'removeMany', 'removeMany', 'removeMany', 'removeMany']);
    expect(await backend.exists('tree')).toBe(false);
  });

  test('asks for no directory inside where directories are only what their files imply', async () => {
    const removed: string[] = [];
    const inner = minimalDriver();
    const driver = layer(inner, {
      capabilities: { ...inner.capabilities, emptyDirectories: false },
      remove: async (path, options) => {
        removed.push(path);
        await inner.remove(path, options);
        if (removed.length === 4) await new DriverBackend(inner).delete('tree', { recursive: true });
      },
    });
    const backend = await tree(driver, 3);
    await backend.delete('tree', { recursive: true });
    expect(removed.toSorted()).toEqual(['tree', 'tree', 'tree/d0/e0/f0', 'tree/d1/e1/f1', 'tree/d2/e2/f2']);
  });

  test('goes on after a file that cannot be removed, and throws what it failed with', async () => {
    const { driver } = manyDriver();
    const backend = await tree(
      layer(driver, {
        removeMany: async (files, options) => {
          const results = await driver.removeMany!(
            files.filter(({ path }) => !path.endsWith('f1')),
            options,
          );
          const failed = files.find(({ path }) => path.endsWith('f1'));
          if (failed === undefined) return results;
          const reason = backendError('PERMISSION_DENIED', 'It is locked', { path: failed.path });
          return [...results, { status: 'rejected', reason }];
        },
      }),
      30,
    );
    await expect(backend.delete('tree', { recursive: true })).rejects.toMatchObject({
      code: 'PERMISSION_DENIED',
      path: 'tree/d1/e1/f1',
      operation: 'delete',
    });
    expect(await backend.glob('**')).toEqual(['tree/d1/e1/f1']);
  });
});

describe('etags of a listing', () => {
  test('are asked for in one call where the driver takes many', async () => {
    const { driver, calls } = manyDriver();
    const backend = await tree(
      layer(driver, {
        async *list(path, options) {
          for await (const batch of driver.list(path, options)) {
            yield batch.map((entry) => (entry.isDir ? entry : entry.with({ etag: undefined })));
          }
        },
      }),
      50,
    );
    calls.length = 0;
    const listed = await Array.fromAsync(backend.list('tree', { recursive: true, etags: true }));
    expect(listed.filter((entry) => entry.fileType === 'file' && entry.etag === undefined)).toEqual([]);
    expect(calls).toEqual(['list', 'statMany']);
  });
});
