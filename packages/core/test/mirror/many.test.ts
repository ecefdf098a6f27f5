import { describe, expect, test } from 'vitest';
import {
  type BackendDriver,
  backendError,
  DriverBackend,
  type DriverChanges,
  layer,
} from '../../src/driver/index.ts';
import { type FileBackend, type MirrorOptions, mirror } from '../../src/index.ts';
import { manyDriver, sha256 } from '../drivers.ts';
import { contents, paths, vault } from './vaults.ts';

function numbered(count: number): Record<string, string> {
  return Object.fromEntries(Array.from({ length: count }, (_, n) => [`d${n % 10}/f${n}.md`, `content ${n}`]));
}

interface Bulk {
  readonly target: FileBackend;
  /** How often each member of the driver was called since the last look. */
  asked(): Record<string, number>;
}

/** @param changes of the driver that is given, which has every member that takes many */
function bulk(changes: (driver: BackendDriver) => DriverChanges = () => ({})): Bulk {
  const { driver, calls } = manyDriver();
  const asked = (): Record<string, number> => {
    const counts: Record<string, number> = {};
    for (const call of calls.splice(0)) counts[call] = (counts[call] ?? 0) + 1;
    return counts;
  };
  return { target: new DriverBackend(layer(driver, changes(driver))), asked };
}

async function filled(
  files: Record<string, string>,
  changes?: (driver: BackendDriver) => DriverChanges,
): Promise<Bulk> {
  const made = bulk(changes);
  for (const [path, data] of Object.entries(files)) await made.target.create(path, { data });
  made.asked();
  return made;
}

describe('a target that takes many files in one call', () => {
  test('is sent new files so, and asked at once for the sums that it did not say', async () => {
    const source = await vault(numbered(1200));
    const { target, asked } = bulk();
    const result = await mirror(source, target);
    expect(result.copied).toHaveLength(1200);
    expect(asked()).toEqual({ open: 1, list: 1, writeMany: 2, checksumMany: 2 });
    expect(await contents(target)).toEqual(await contents(source));
    asked();
    await mirror(source, target);
    expect(asked()).toEqual({ list: 1, checksumMany: 1 });
  });

  test('is not asked for sums that it said with its answer, and those are what is compared', async () => {
    const lying = new Set<string>();
    const { target, asked } = bulk((driver) => ({
      writeMany: async (files, options) => {
        const results = await driver.writeMany!(files, options);
        return results.map((result, at) => {
          if (result.status === 'rejected') return result;
          const { path, source } = files[at]!;
          const sum = sha256(lying.has(path) ? 'other' : (source as Uint8Array));
          return { status: 'fulfilled', value: result.value.with({ checksum: sum }) };
        });
      },
    }));
    lying.add('b');
    const result = await mirror(await vault({ a: '1', b: '2', c: '3' }), target);
    expect(asked()).toEqual({ open: 1, list: 1, writeMany: 1 });
    expect(paths(result.copied)).toEqual(['a', 'c']);
    expect(result.failed).toMatchObject([{ path: 'b', error: { code: 'INTEGRITY' } }]);
  });

  test('that keeps other bytes than it was given is found out', async () => {
    const { target } = bulk((driver) => ({
      writeMany: (files, options) =>
        driver.writeMany!(
          files.map((file) => (file.path === 'a' ? { ...file, source: new Uint8Array(1) } : file)),
          options,
        ),
    }));
    const result = await mirror(await vault({ a: 'truth', b: 'b' }), target);
    expect(paths(result.copied)).toEqual(['b']);
    expect(result.failed).toMatchObject([{ path: 'a', error: { code: 'INTEGRITY' } }]);
  });

  test('loses a thousand files in a few calls, and none that somebody wrote meanwhile', async () => {
    const source = await vault({ kept: 'kept' });
    const { target, asked } = await filled({ kept: 'kept', ...numbered(1000) }, (driver) => ({
      removeMany: async (files, options) => {
        if (files.length === 1000) await target.update('d0/f0.md', { data: 'precious' });
        return await driver.removeMany!(files, options);
      },
    }));
    const result = await mirror(source, target, { prune: true });
    // The files, then the directories that this emptied.
    expect(asked()).toEqual({ list: 1, checksumMany: 1, write: 1, removeMany: 2 });
    expect(result.deleted).toHaveLength(999);
    expect(result.failed).toMatchObject([{ path: 'd0/f0.md', error: { code: 'PRECONDITION_FAILED' } }]);
    expect(await contents(target)).toEqual({ kept: 'kept', 'd0/f0.md': 'precious' });
  });

  test('keeps what the source has again, or cannot say whether it has', async () => {
    const { driver } = manyDriver();
    const source = new DriverBackend(
      layer(driver, {
        statMany: async () => {
          throw backendError('PERMISSION_DENIED', 'You may not look', { path: 'secret' });
        },
        stat: async (path, options) => {
          if (path === 'again')
            await driver.write(path, new Uint8Array(), { ifExists: 'replace', ifMissing: 'create' });
          if (path === 'secret') throw backendError('PERMISSION_DENIED', 'You may not look', { path });
          return await driver.stat(path, options);
        },
      }),
    );
    await source.create('kept');
    const { target } = await filled({ kept: '', again: '1', secret: '2', gone: '3' });
    const result = await mirror(source, target, { prune: true });
    expect(paths(result.deleted)).toEqual(['gone']);
    expect(result.failed).toMatchObject([{ path: 'secret', error: { code: 'PERMISSION_DENIED' } }]);
    expect(Object.keys(await contents(target))).toEqual(['again', 'kept', 'secret']);
  });

  test('renames a hundred files with one look and one sum for all', async () => {
    const old = numbered(100);
    const renamed = Object.fromEntries(Object.entries(old).map(([path, data]) => [`new/${path}`, data]));
    const { target, asked } = await filled(old);
    const result = await mirror(await vault(renamed), target, { prune: true });
    expect(result.moved).toHaveLength(100);
    const { statMany, checksumMany, move, readFile = 0, read = 0 } = asked();
    expect({ statMany, checksumMany, move, readFile, read }).toEqual({
      statMany: 1,
      checksumMany: 2,
      move: 100,
      readFile: 0,
      read: 0,
    });
    expect(await contents(target)).toEqual(renamed);
  });

  test.each<[string, MirrorOptions]>([
    ['that cannot be written', {}],
    ['that cannot be removed', { prune: true }],
  ])('a file %s hinders no other, and says why', async (_, options) => {
    const refused = <T>(results: readonly PromiseSettledResult<T>[]): PromiseSettledResult<T>[] =>
      results.map((result, at) =>
        at === 1 ? { status: 'rejected', reason: backendError('PERMISSION_DENIED', 'It is locked') } : result,
      );
    const { target } = await filled({ x: '1', y: '2', z: '3' }, (driver) => ({
      writeMany: async (files, call) => refused(await driver.writeMany!(files, call)),
      removeMany: async (files, call) => {
        const results = await driver.removeMany!(
          files.filter((_file, at) => at !== 1),
          call,
        );
        return refused([results[0]!, results[0]!, ...results.slice(1)]);
      },
    }));
    const result = await mirror(await vault({ a: '1a', b: '2b', c: '3c' }), target, options);
    const [operation, path] = options.prune ? ['delete', 'y'] : ['create', 'b'];
    expect(result.failed).toContainEqual({
      path,
      reason: 'It is locked',
      error: expect.objectContaining({ code: 'PERMISSION_DENIED', operation, path }),
    });
    expect(paths(result.copied)).toEqual(['a', 'c']);
  });

  test('is not tried again where every other file would fail as well', async () => {
    const source = await vault(numbered(2500));
    const { target, asked } = bulk((driver) => ({
      writeMany: async (files, options) => {
        await driver.writeMany!(files.slice(0, 1), options);
        throw backendError('NO_SPACE', 'The disk is full');
      },
    }));
    const result = await mirror(source, target);
    expect(result.failed).toHaveLength(2500);
    expect(result.failed.filter(({ reason }) => reason.includes('not tried')).length).toBeGreaterThan(0);
    expect(asked().writeMany).toBeLessThanOrEqual(2);
  });

  test('aborted in the middle rejects with the reason, and the next run ends right', async () => {
    const source = await vault(numbered(1100));
    const controller = new AbortController();
    const reason = new Error('enough');
    const { target } = bulk((driver) => ({
      writeMany: async (files, options) => {
        const half = await driver.writeMany!(files.slice(0, files.length / 2), options);
        if (controller.signal.aborted) return await driver.writeMany!(files, options);
        controller.abort(reason);
        return half;
      },
    }));
    await expect(mirror(source, target, { signal: controller.signal })).rejects.toBe(reason);
    await mirror(source, target);
    expect(await contents(target)).toEqual(await contents(source));
  });

  test('gets the backup of what it loses before it loses it', async () => {
    const backup = await vault({});
    const { target } = await filled({ gone: 'old', changed: 'before' });
    const source = await vault({ changed: 'after' });
    await mirror(source, target, { prune: true, backup });
    expect(await contents(backup)).toEqual({ gone: 'old', changed: 'before' });
    expect(await contents(target)).toEqual({ changed: 'after' });
  });
});

test('what is written and what is removed belongs to the session of a vault that is held', async () => {
  const sessions = new Set<unknown>();
  const { target } = await filled({ gone: '1' }, (driver) => ({
    writeMany: (files, options) => {
      sessions.add(options.session);
      return driver.writeMany!(files, options);
    },
    removeMany: (files, options) => {
      sessions.add(options.session);
      return driver.removeMany!(files, options);
    },
  }));
  await using session = await target.syncSession();
  await mirror(await vault({ a: '1a' }), session, { prune: true });
  expect(sessions.size).toBe(1);
  expect(sessions).not.toContain(undefined);
});
