import fs from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { LocalFileBackend } from '../src/index.ts';
import { ownName } from '../src/state/process-identity.ts';
import { everything, plant, temporaryFolder } from './support/temporary-folder.ts';

// What the next opening makes of what a writer left in the state directory.

const RUNNING = ownName();
const GONE = `${RUNNING.split('.')[0]}.4194305.1.00000000a`;
const UNKNOWN = '0123456789ab.1.1.00000000a';

let root: string;

beforeEach(() => {
  root = temporaryFolder();
});

const open = (): Promise<LocalFileBackend> => LocalFileBackend.open({ root });

test('files and locks of writers that are gone are removed, those of writers that run are kept', async () => {
  plant(root, {
    ...{ [`.f9/${GONE}`]: 'half a file', [`.f9/${RUNNING}`]: 'half a file' },
    ...{ '.f9/notes.txt': 'somebody else’s', '.f9/folder/a': 'too' },
  });
  await open();
  expect(fs.readdirSync(join(root, '.f9')).sort()).toEqual([RUNNING, 'folder', 'notes.txt'].sort());
});

test('a file of a writer of whom nothing is known is kept for a day', async () => {
  plant(root, { [`.f9/${UNKNOWN}`]: 'half a file', [`.f9/${UNKNOWN.replace(/a$/, 'b')}`]: 'half a file' });
  const twoDaysAgo = new Date(Date.now() - 2 * 24 * 3_600_000);
  fs.utimesSync(join(root, '.f9', UNKNOWN), twoDaysAgo, twoDaysAgo);
  await open();
  expect(fs.readdirSync(join(root, '.f9'))).toEqual([UNKNOWN.replace(/a$/, 'b')]);
});

test('a file that was staged beside its target is removed with the note that tells of it, and nothing else is', async () => {
  plant(root, {
    ...{
      [`mounted/deep/.f9-${GONE}`]: 'half a file',
      'mounted/deep/a.txt': 'a',
      [`.f9/${GONE}.beside`]: 'mounted/deep',
    },
    ...{
      [`.f9/${GONE}b.beside`]: 'missing',
      [`.f9/${GONE}c.beside`]: '',
      [`.f9/${GONE}d.beside`]: '../outside',
    },
  });
  await open();
  expect(everything(root)).toEqual(['.f9', 'mounted', 'mounted/deep', 'mounted/deep/a.txt']);
});

test('a state directory that is a file is in the way of writes, not of reads', async () => {
  plant(root, { '.f9': 'not mine', 'a.txt': 'a' });
  await using backend = await open();
  expect(await backend.read('a.txt', { binary: false })).toBe('a');
  await expect(backend.create('b.txt')).rejects.toMatchObject({ code: 'NOT_DIRECTORY' });
  await expect(backend.syncSession(async () => undefined)).rejects.toMatchObject({ code: 'NOT_DIRECTORY' });
  expect(fs.readFileSync(join(root, '.f9'), 'utf8')).toBe('not mine');
});
