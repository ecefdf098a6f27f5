import fs from 'node:fs';
import { expect, test, vi } from 'vitest';
import { Vaults } from './vaults.ts';

/** The files and directories that were flushed, in order. */
const synced = vi.hoisted(() => {
  const builtin = process.getBuiltinModule('node:fs');
  const paths: string[] = [];
  const note = (fd: number): void => {
    paths.push(builtin.readlinkSync(`/proc/self/fd/${fd}`));
  };
  const { fsync, fsyncSync } = builtin;
  Object.assign(builtin, {
    fsync: (fd: number, done: fs.NoParamCallback) => {
      note(fd);
      fsync(fd, done);
    },
    fsyncSync: (fd: number) => {
      note(fd);
      fsyncSync(fd);
    },
  });
  process.getBuiltinModule('node:module').syncBuiltinESMExports();
  return paths;
});

async function syncedBy(work: () => Promise<unknown>): Promise<readonly string[]> {
  synced.length = 0;
  await work();
  return [...synced];
}

test.runIf(process.platform === 'linux')(
  'durability says whether a file, and that it is to be published, survives a power cut (needs Linux)',
  async () => {
    const vaults = new Vaults();
    const usual = await vaults.open('usual');
    expect(await syncedBy(() => usual.create('a/b', { data: 'x' }))).toEqual([]);
    await usual.push();

    const cloned = await syncedBy(() => vaults.open('durable', { durability: 'fsync' }));
    const inClone = (path: string): unknown => expect.stringMatching(new RegExp(`\\.f9-clone-[^/]*${path}$`));
    expect(cloned).toEqual(expect.arrayContaining([inClone('/a/b'), inClone('/a'), inClone('')]));

    const durable = await vaults.open('durable', { durability: 'fsync' });
    const written = await syncedBy(() => durable.create('c', { data: 'x' }));
    const folder = vaults.at('durable');
    expect(written).toEqual([
      `${folder}/.git/f9/dirty`,
      `${folder}/.git/f9`,
      // The file before it has its name, then the name.
      expect.stringMatching(/\/\.git\/f9\/.+\/.+/),
      folder,
    ]);
    expect(fs.readFileSync(`${folder}/c`, 'utf8')).toBe('x');
  },
);

test('durability is one of two', async () => {
  await expect(new Vaults().open('ours', { durability: 'much' as 'none' })).rejects.toMatchObject({
    code: 'INVALID_ARGUMENT',
    message: expect.stringContaining("'none' or 'fsync'"),
  });
});
