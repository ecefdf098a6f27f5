import { describe, expect, test } from 'vitest';
import { S3FileBackend } from '../src/index.ts';
import { newVault, server } from './support/bucket.ts';
import { putRaw } from './support/raw.ts';

describe.skipIf(server === undefined)('upkeep (needs an S3 server)', () => {
  test('what writers that were cut off have left is told, and removed when asked; nothing of a file', async () => {
    const options = await newVault();
    await using vault = new S3FileBackend(options);
    await vault.create('a', { data: 'A' });
    const { service, keys } = vault.driver;
    const upload = await service.createUpload(`${keys.prefix}large file`, {});
    await service.uploadPart(upload, 1, Buffer.from('part'), {});
    await putRaw(options, '.f9/probe-left', 'first');
    expect((await vault.collectGarbage()).removed, 'what is young may be in use').toEqual([]);
    const { removed } = await vault.collectGarbage({ dryRun: true, olderThan: -60_000 });
    expect(removed.map(({ kind }) => kind).toSorted()).toEqual(['probe', 'upload in parts']);
    expect((await vault.collectGarbage({ olderThan: -60_000 })).removed).toHaveLength(2);
    expect((await vault.collectGarbage({ olderThan: -60_000 })).removed).toEqual([]);
    expect(await vault.read('a', { binary: false })).toBe('A');
  });

  test('a path that is a file and a directory, and a key that no path can name, are found', async () => {
    const options = await newVault();
    await using vault = new S3FileBackend(options);
    await vault.create('dir/a', { data: 'A' });
    await vault.syncSession(async () => undefined);
    expect(await vault.check()).toEqual({ files: 1, problems: [] });
    for (const key of ['note', 'note-2', 'note/below', 'note/too', 'odd//key'])
      await putRaw(options, key, key);
    const { files, problems } = await vault.check();
    expect(files).toBe(5);
    expect(problems).toHaveLength(2);
    expect(problems[0]).toContain('"note" is a file');
    expect(problems[1]).toContain('odd//key');
  });
});
