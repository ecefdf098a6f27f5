import assert from 'node:assert/strict';
import type { FileBackend } from '@f9/core';
import { type ConformanceGroup, declares, lacks } from '../conformance-case.ts';
import { failureOf } from '../proving/failures.ts';
import { mistaken } from '../proving/mistaken.ts';
import { turns } from '../proving/turns.ts';

/** Times that a change is repeated after writes by others. */
const TRIES = 30;

const textOf = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

async function etagOf(backend: FileBackend, path: string): Promise<string> {
  const { etag } = await backend.info(path);
  assert.ok(etag !== undefined, 'A backend with ifMatch gives every file an etag');
  return etag;
}

export const edit: ConformanceGroup = {
  name: 'edit',
  cases: [
    {
      promises: ['edit.changes'],
      title: 'change gets the bytes, and what it gives is written: text, bytes, at once or later',
      when: declares('ifMatch'),
      run: async (t) => {
        await t.backend.create('dir/a.txt', { data: 'one' });
        const info = await t.backend.edit('dir/a.txt', (bytes) => `${textOf(bytes)} two`);
        assert.deepEqual([info.path, info.size], ['dir/a.txt', 7]);
        assert.equal(info.etag, await etagOf(t.backend, 'dir/a.txt'));
        await t.backend.edit('dir/a.txt', async (bytes) => {
          await turns(1);
          return new Uint8Array([...bytes, 0, 255]);
        });
        await t.holds('dir/a.txt', new Uint8Array([...Buffer.from('one two'), 0, 255]), 'one', 'one two');
      },
    },
    {
      promises: ['edit.changes'],
      title: 'undefined leaves the file, and its etag, as they are',
      when: declares('ifMatch'),
      run: async (t) => {
        await t.backend.create('a.txt', { data: 'one' });
        const before = await etagOf(t.backend, 'a.txt');
        const info = await t.backend.edit('a.txt', () => undefined);
        assert.equal(info.etag, before);
        assert.equal(await etagOf(t.backend, 'a.txt'), before);
        await t.holds('a.txt', 'one');
      },
    },
    {
      promises: ['edit.missing'],
      title: 'what is no file is not edited, and change never runs',
      when: declares('ifMatch'),
      run: async (t) => {
        await t.backend.create('dir/a.txt', { data: 'one' });
        let hasRun = false;
        const change = (): string => {
          hasRun = true;
          return 'x';
        };
        await t.unchangedBy(async () => {
          await t.rejects(t.backend.edit('gone.txt', change), 'NOT_FOUND', {
            operation: 'edit',
            path: 'gone.txt',
          });
          await t.rejects(t.backend.edit('dir', change), 'IS_DIRECTORY', { operation: 'edit', path: 'dir' });
          await t.rejects(t.backend.edit('dir/a.txt/', change), 'INVALID_PATH');
          await t.rejects(t.backend.edit('/', change), 'INVALID_PATH');
        });
        assert.equal(hasRun, false);
      },
    },
    {
      promises: ['edit.concurrent'],
      title: 'thirty edits at once all land, in the order in which they were asked for',
      when: declares('ifMatch'),
      run: async (t) => {
        await t.backend.create('log', { data: '' });
        const lines = Array.from({ length: t.scaled(30, 6) }, (_, i) => `line ${i}\n`);
        await Promise.all(lines.map((line) => t.backend.edit('log', (bytes) => textOf(bytes) + line)));
        assert.equal(await t.backend.read('log', { binary: false }), lines.join(''));
      },
    },
    {
      promises: ['edit.foreign'],
      title: 'after a foreign write change runs again, on what was written',
      when: declares('ifMatch'),
      run: async (t) => {
        await t.backend.create('a.txt', { data: 'old' });
        const seen: string[] = [];
        await t.backend.edit('a.txt', async (bytes) => {
          seen.push(textOf(bytes));
          if (seen.length === 1) await t.backend.update('a.txt', { data: 'foreign' });
          return `${textOf(bytes)}, edited`;
        });
        assert.deepEqual(seen, ['old', 'foreign']);
        await t.holds('a.txt', 'foreign, edited', 'old', 'foreign');
      },
    },
    {
      promises: ['edit.foreign'],
      title: 'thirty foreign writes are enough: BUSY, and the last of them stands',
      when: declares('ifMatch'),
      run: async (t) => {
        await t.backend.create('a.txt', { data: 'version 0' });
        let runs = 0;
        const edits = t.backend.edit('a.txt', async () => {
          await t.backend.update('a.txt', { data: `version ${++runs}` });
          return 'edited';
        });
        const error = await t.rejects(edits, 'BUSY', { operation: 'edit', path: 'a.txt' });
        assert.equal(error.retryable, true);
        assert.equal(runs, TRIES);
        assert.equal(await t.backend.read('a.txt', { binary: false }), `version ${TRIES}`);
      },
    },
    {
      promises: ['edit.if-match'],
      title: 'ifMatch keeps an edit to one version, before it runs and after',
      when: declares('ifMatch'),
      run: async (t) => {
        await t.backend.create('a.txt', { data: 'one' });
        const stale = await etagOf(t.backend, 'a.txt');
        await t.backend.edit('a.txt', () => 'two', { ifMatch: stale });
        let runs = 0;
        const change = async (): Promise<string> => {
          runs++;
          await t.backend.update('a.txt', { data: 'foreign' });
          return 'mine';
        };
        await t.rejects(t.backend.edit('a.txt', change, { ifMatch: stale }), 'PRECONDITION_FAILED');
        assert.equal(runs, 0);
        const ifMatch = await etagOf(t.backend, 'a.txt');
        await t.rejects(t.backend.edit('a.txt', change, { ifMatch }), 'PRECONDITION_FAILED');
        assert.equal(runs, 1);
        await t.holds('a.txt', 'foreign', 'one', 'two');
      },
    },
    {
      promises: ['edit.throws'],
      title: 'what change throws is what edit rejects with, and the next edit has its turn',
      when: declares('ifMatch'),
      run: async (t) => {
        await t.backend.create('a.txt', { data: 'one' });
        const reason = new TypeError('no');
        await t.unchangedBy(async () => {
          for (const change of [() => Promise.reject(reason), () => raise(reason)]) {
            assert.equal(await failureOf(t.backend.edit('a.txt', change), 'What change threw'), reason);
          }
        });
        await t.backend.edit('a.txt', () => 'two');
        await t.holds('a.txt', 'two', 'one');
      },
    },
    {
      promises: ['edit.arguments'],
      title: 'what is no change, gives no content, or edits its own file is INVALID_ARGUMENT',
      when: declares('ifMatch'),
      run: async (t) => {
        await t.backend.create('a.txt', { data: 'one' });
        await t.unchangedBy(async () => {
          for (const wrong of [undefined, 'text', { data: 'text' }]) {
            await t.rejects(t.backend.edit('a.txt', mistaken<() => string>(wrong)), 'INVALID_ARGUMENT');
          }
          for (const wrong of [42, null, ['x'], { data: 'x' }]) {
            await t.rejects(
              t.backend.edit('a.txt', () => mistaken<string>(wrong)),
              'INVALID_ARGUMENT',
            );
          }
          const inside = t.backend.edit('a.txt', async () => {
            await t.rejects(
              t.backend.edit('/a.txt', () => 'inner'),
              'INVALID_ARGUMENT',
            );
            return undefined;
          });
          await inside;
        });
      },
    },
    {
      promises: ['edit.unsupported'],
      title: 'edit is refused',
      when: lacks('ifMatch'),
      run: async (t) => {
        await t.backend.create('a.txt', { data: 'one' });
        await t.unchangedBy(async () => {
          await t.rejects(
            t.backend.edit('a.txt', () => 'two'),
            'UNSUPPORTED',
            { operation: 'edit' },
          );
        });
      },
    },
  ],
};

function raise(error: Error): never {
  throw error;
}
