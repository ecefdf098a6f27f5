import { describe, expect, test } from 'vitest';
import { PostgresFileBackend } from '../src/index.ts';
import { hasPostgres } from './support/cluster.ts';
import { cluster } from './support/shared.ts';

describe.skipIf(!hasPostgres)('a look at a vault (needs PostgreSQL)', () => {
  test('finds bytes that are missing, that are shared, or of no file, and directories that are not there', async () => {
    await using vault = new PostgresFileBackend(cluster!.options({ vault: 'checked', history: true }));
    await vault.create('d/e/a.md', { data: 'A' });
    await vault.create('large', { data: 'x'.repeat(2_000_000) });
    await vault.update('large', { data: 'appended', append: true });
    await vault.update('d/e/a.md', { data: 'B' });
    await vault.create('copied/b.md', { data: 'B' });
    await vault.delete('copied', { recursive: true });
    expect(await vault.check()).toMatchObject({
      files: 2,
      problems: [],
      isStandby: false,
      serverVersion: expect.stringMatching(/^\d+\.\d+/),
      maxConnections: 200,
    });
    const broken = async (statement: string): Promise<readonly string[]> => {
      cluster!.sql(`SET search_path = f9_checked; ${statement}`);
      return (await vault.check()).problems;
    };
    expect(await broken('DELETE FROM blocks WHERE start = 262144')).toEqual(['Bytes of "large" are missing']);
    expect(
      await broken(
        "UPDATE entries SET content = (SELECT content FROM entries WHERE key = key_of('large')) WHERE key = key_of('d/e/a.md')",
      ),
    ).toEqual(
      expect.arrayContaining(['"d/e/a.md" and "large" have the same bytes', 'There are bytes of no file']),
    );
    expect(await broken("DELETE FROM entries WHERE key = key_of('d/e')")).toContain(
      'The directory of "d/e/a.md" is missing',
    );
  });
});
