// The programs of the documents, on a real server in the place of the one they name.
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { hasPostgres } from './support/cluster.ts';
import { cluster } from './support/shared.ts';

const SERVER = "host: 'db.example.com', database: 'notes', user: 'notes'";
const programs = ['../README.md', '../../../docs/postgresql.md'].flatMap((document) => {
  const text = readFileSync(join(import.meta.dirname, document), 'utf8');
  return [...text.matchAll(/^```js\n(.*?)^```$/gms)].map(([, source]) => source!);
});

test.skipIf(!hasPostgres)('the programs of the documents run (needs PostgreSQL)', async () => {
  expect(programs).toHaveLength(3);
  cluster!.sql('CREATE ROLE notes LOGIN');
  cluster!.sql('CREATE DATABASE notes OWNER notes');
  // Below this package, which can import itself by its name.
  const folder = mkdtempSync(join(import.meta.dirname, '.readme-'));
  try {
    const outputs: string[] = [];
    for (const [i, source] of programs.entries()) {
      expect(source).toContain(SERVER);
      const path = join(folder, `${i}.ts`);
      const here = `host: '127.0.0.1', port: ${cluster!.port}, database: 'notes', user: 'notes'`;
      writeFileSync(path, source.replace(SERVER, here));
      const { stdout } = await promisify(execFile)(process.execPath, ['--conditions=@f9/source', path]);
      outputs.push(stdout);
    }
    expect(outputs).toEqual([
      "[ { path: 'beds/south.md', kind: 'removed' } ]\n",
      'garden.md 3 Garden\n',
      'Rain.\nTuesday: sun.\n\n',
    ]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
