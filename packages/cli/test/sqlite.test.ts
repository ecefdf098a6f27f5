import { expect, test } from 'vitest';
import { EXIT } from '../src/index.ts';
import { Workplace } from './support/command.ts';

test('a vault in one file is named by the URI that everybody writes, sqlite:./notes.db', async () => {
  await using place = await Workplace.create({ 'n/apples.md': 'Apples ripen in September.', 'd/x': '' });
  await place.ok(['mirror', 'n', 'sqlite:./notes.db']);
  expect((await place.ok(['cat', 'sqlite:./notes.db#apples.md'])).stdout).toContain('September');
  expect((await place.ok(['search', 'apples', 'sqlite:./notes.db', '--json'])).documents).toMatchObject([
    { path: 'apples.md' },
  ]);
  // The same file from everywhere.
  await place.ok(['vaults', 'add', 'index', 'sqlite:./i.db?history=true', '--create'], { cwd: 'd' });
  await place.ok(['mirror', 'n', 'index:']);
  expect((await place.ok(['ls', 'sqlite:d/i.db'])).stdout).toBe('apples.md\n');
});

test('such a URI is wrong as a URI, and hides what it holds; a vault of that name comes first', async () => {
  await using place = await Workplace.create({ 'n/a.md': 'A' });
  const wrong = await place.f9(['ls', 'sqlite:./notes.db?embeddings_key=hunter2&nonsense=1']);
  expect(wrong.code).toBe(EXIT.usage);
  expect(wrong.stderr).toMatch(/sqlite.*parameter/);
  expect(wrong.stderr).not.toContain('hunter2');
  await place.ok(['vaults', 'add', 'sqlite', 'n']);
  expect((await place.ok(['ls', 'sqlite:'])).stdout).toBe('a.md\n');
});
