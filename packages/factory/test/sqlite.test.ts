import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SqliteFileBackend } from '@f9/sqlite';
import { expect, test } from 'vitest';
import { BackendFactory } from '../src/index.ts';

const factory = new BackendFactory();

test.each(['sqlite:./notes.db', 'sqlite:notes.db?durability=none&history=true&busy_timeout=1'])(
  '%s is a file beside',
  async (uri) => {
    const baseDirectory = mkdtempSync(join(tmpdir(), 'f9-sqlite-'));
    const vault = await factory.resolve(uri, { baseDirectory });
    expect(vault).toBeInstanceOf(SqliteFileBackend);
    await vault.create('a.md', { data: 'A' });
    await vault.close();
    await using again = new SqliteFileBackend({ path: join(baseDirectory, 'notes.db') });
    expect(await again.read('a.md', { binary: false })).toBe('A');
  },
);

test('sqlite:///absolute is that file', async () => {
  const path = join(mkdtempSync(join(tmpdir(), 'f9-sqlite-')), 'notes.db');
  const vault = await factory.resolve(`sqlite://${path}`);
  await vault.create('a.md');
  await vault.close();
  await using again = new SqliteFileBackend({ path });
  expect(await again.exists('a.md')).toBe(true);
});

test.each([
  ['sqlite://host/notes.db', 'INVALID_URI'],
  ['sqlite:', 'INVALID_URI'],
  ['sqlite:a.db?embeddings=http://127.0.0.1:1/v1', 'INVALID_URI'],
  ['sqlite:a.db?durability=sometimes', 'INVALID_URI'],
])('%s is %s', async (uri, code) => {
  await expect(factory.resolve(uri)).rejects.toMatchObject({ code });
});
