import assert from 'node:assert/strict';
import type { FileBackend } from '@f9/core';
import { type ConformanceGroup, declares, lacks } from '../conformance-case.ts';
import { chunked } from '../proving/bytes.ts';
import type { CaseContext } from '../proving/case-context.ts';
import { mistaken } from '../proving/mistaken.ts';
import { snapshot } from '../proving/vault-contents.ts';

type ConditionalWrite = (backend: FileBackend, ifMatch: string) => Promise<unknown>;

/** Every write that can be conditional, on a vault with `file`, the target of the condition, and `source`. */
const WRITES: Record<string, ConditionalWrite> = {
  create: (backend, ifMatch) => backend.create('file', { data: 'new', overwrite: true, ifMatch }),
  update: (backend, ifMatch) => backend.update('file', { data: 'new', ifMatch }),
  'update from chunks': (backend, ifMatch) => backend.update('file', { data: chunked('n', 'ew'), ifMatch }),
  delete: (backend, ifMatch) => backend.delete('file', { ifMatch }),
  copy: (backend, ifMatch) => backend.copy('source', 'file', { overwrite: true, ifMatch }),
  move: (backend, ifMatch) => backend.move('source', 'file', { overwrite: true, ifMatch }),
  streamWrite: (backend, ifMatch) =>
    backend.streamWrite('file', { chunkSource: chunked('n', 'ew'), overwrite: true, ifMatch }),
};

function writesOf(backend: FileBackend): Record<string, ConditionalWrite> {
  if (backend.capabilities.append === false) return WRITES;
  return {
    ...WRITES,
    append: (vault, ifMatch) => vault.update('file', { data: 'new', append: true, ifMatch }),
  };
}

async function prepare({ backend }: CaseContext): Promise<string> {
  await backend.create('source', { data: 'new', overwrite: true });
  return etagOf(await backend.create('file', { data: 'old', overwrite: true }));
}

function etagOf({ etag }: { etag: string | undefined }): string {
  assert.ok(etag !== undefined && etag !== '', 'A backend with ifMatch gives every file an etag');
  return etag;
}

export const preconditions: ConformanceGroup = {
  name: 'preconditions',
  cases: [
    {
      promises: ['if-match.holds'],
      title: 'every write happens while the etag is still that',
      when: declares('ifMatch'),
      run: async (t) => {
        for (const [name, write] of Object.entries(writesOf(t.backend))) {
          await write(t.backend, await prepare(t));
          const expected = name === 'append' ? 'oldnew' : 'new';
          if (name === 'delete') await t.isAbsent('file');
          else assert.equal(await t.backend.read('file', { binary: false }), expected, name);
        }
      },
    },
    {
      promises: ['if-match.fails'],
      title: 'after another write every write with the old etag fails and changes nothing',
      when: declares('ifMatch'),
      run: async (t) => {
        const stale = await prepare(t);
        await t.backend.update('file', { data: 'new by another' });
        for (const [name, write] of Object.entries(writesOf(t.backend))) {
          const before = await snapshot(t.backend);
          await t.rejects(write(t.backend, stale), 'PRECONDITION_FAILED');
          assert.deepEqual(await snapshot(t.backend), before, name);
        }
        await t.holds('file', 'new by another', 'old');
      },
    },
    {
      promises: ['if-match.fails'],
      title: 'an etag that no file ever had, and that of another file, fail',
      when: declares('ifMatch'),
      run: async (t) => {
        await prepare(t);
        const other = etagOf(await t.backend.create('other', { data: 'other content' }));
        await t.unchangedBy(async () => {
          for (const write of Object.values(writesOf(t.backend))) {
            for (const etag of ['', '*', '"never"', other]) {
              await t.rejects(write(t.backend, etag), 'PRECONDITION_FAILED', { path: 'file' });
            }
          }
        });
      },
    },
    {
      promises: ['if-match.missing'],
      title: 'on a path where nothing is, what would create fails, and what needs a file finds none',
      when: declares('ifMatch'),
      run: async (t) => {
        const etag = await prepare(t);
        await t.backend.delete('file');
        await t.unchangedBy(async () => {
          for (const [name, write] of Object.entries(writesOf(t.backend))) {
            const needsFile = ['update', 'update from chunks', 'append', 'delete'].includes(name);
            await t.rejects(write(t.backend, etag), needsFile ? 'NOT_FOUND' : 'PRECONDITION_FAILED');
          }
        });
      },
    },
    {
      promises: ['if-match.fails'],
      title: 'a file that was deleted and made again is not the one with the old etag',
      when: declares('ifMatch'),
      run: async (t) => {
        const stale = await prepare(t);
        await t.backend.delete('file');
        await t.backend.create('file', { data: 'made again' });
        for (const write of Object.values(writesOf(t.backend))) {
          await t.rejects(write(t.backend, stale), 'PRECONDITION_FAILED');
        }
        await t.holds('file', 'made again', 'old');
      },
    },
    {
      promises: ['if-match.fails'],
      title: 'what another backend wrote is noticed',
      when: declares('ifMatch'),
      run: async (t) => {
        const stale = await prepare(t);
        await t.seen(async (fresh) => {
          assert.equal(
            etagOf(await fresh.info('file')),
            stale,
            'The same version has the same etag for everyone',
          );
        });
        const other = await t.another();
        await other.create('file', { data: 'by another', overwrite: true });
        await t.seen(async (fresh) => {
          assert.notEqual(etagOf(await fresh.info('file')), stale);
          await t.rejects(fresh.update('file', { data: 'mine', ifMatch: stale }), 'PRECONDITION_FAILED');
        });
        if (t.capabilities.consistency === 'eventual') return;
        await t.rejects(t.backend.update('file', { data: 'mine', ifMatch: stale }), 'PRECONDITION_FAILED');
      },
    },
    {
      promises: ['if-match.fails', 'info.etag'],
      title: 'the same size written in the same moment is another version all the same',
      when: declares('ifMatch'),
      run: async (t) => {
        let etag = etagOf(await t.backend.create('file', { data: 'version 0' }));
        const etags = new Set([etag]);
        const rounds = t.scaled(50, 5);
        for (let i = 1; i <= rounds; i++) {
          const next = etagOf(await t.backend.update('file', { data: `version ${i % 10}`, ifMatch: etag }));
          await t.rejects(
            t.backend.update('file', { data: 'version x', ifMatch: etag }),
            'PRECONDITION_FAILED',
          );
          assert.notEqual(next, etag);
          etag = next;
          etags.add(etag);
        }
        assert.equal(await t.backend.read('file', { binary: false }), `version ${rounds % 10}`);
      },
    },
    {
      promises: ['if-match.one-winner'],
      title: 'of many updates with the same etag exactly one happens',
      when: declares('ifMatch'),
      run: async (t) => {
        const ifMatch = await prepare(t);
        const results = await Promise.allSettled(
          Array.from({ length: t.scaled(12, 4) }, (_, i) =>
            t.backend.update('file', { data: i % 2 === 0 ? `by ${i}` : chunked('by ', `${i}`), ifMatch }),
          ),
        );
        const winners = results.flatMap(({ status }, i) => (status === 'fulfilled' ? [i] : []));
        assert.equal(winners.length, 1, 'One update happens');
        for (const result of results) {
          if (result.status === 'rejected')
            await t.rejects(Promise.reject(result.reason), 'PRECONDITION_FAILED');
        }
        await t.holds('file', `by ${winners[0]}`, 'old');
      },
    },
    {
      promises: ['if-match.one-winner'],
      title: 'read, change and write back with ifMatch loses no update',
      when: declares('ifMatch'),
      run: async (t) => {
        await t.backend.create('counter', { data: '0' });
        const workers = 4;
        const rounds = t.scaled(8, 2);
        const work = async (backend: FileBackend): Promise<void> => {
          for (let done = 0; done < rounds; ) {
            const ifMatch = etagOf(await backend.info('counter'));
            const count = Number(await backend.read('counter', { binary: false }));
            try {
              await backend.update('counter', { data: String(count + 1), ifMatch });
              done++;
            } catch (error) {
              assert.equal((error as { code?: string }).code, 'PRECONDITION_FAILED', String(error));
            }
          }
        };
        const { ifMatch, consistency } = t.capabilities;
        const isShared = ifMatch === 'native' && consistency === 'strong';
        const second = isShared ? await t.another() : t.backend;
        await Promise.all(Array.from({ length: workers }, (_, i) => work(i % 2 === 0 ? t.backend : second)));
        assert.equal(await t.backend.read('counter', { binary: false }), String(workers * rounds));
      },
    },
    {
      promises: ['if-match.arguments'],
      title: 'ifMatch without overwrite asks for two opposite things',
      when: declares('ifMatch'),
      run: async (t) => {
        const ifMatch = await prepare(t);
        await t.unchangedBy(async () => {
          await t.rejects(t.backend.create('file', { data: 'x', ifMatch }), 'INVALID_ARGUMENT');
          await t.rejects(t.backend.streamWrite('file', { chunkSource: ['x'], ifMatch }), 'INVALID_ARGUMENT');
          await t.rejects(t.backend.copy('source', 'file', { ifMatch }), 'INVALID_ARGUMENT');
          await t.rejects(t.backend.move('source', 'file', { ifMatch }), 'INVALID_ARGUMENT');
          const wrong = mistaken<string>(42);
          await t.rejects(t.backend.update('file', { data: 'x', ifMatch: wrong }), 'INVALID_ARGUMENT');
        });
      },
    },
    {
      promises: ['if-match.unsupported'],
      title: 'every conditional write is refused',
      when: lacks('ifMatch'),
      run: async (t) => {
        await t.backend.create('source', { data: 'new' });
        await t.backend.create('file', { data: 'old' });
        await t.unchangedBy(async () => {
          for (const write of Object.values(writesOf(t.backend)))
            await t.rejects(write(t.backend, 'any'), 'UNSUPPORTED');
        });
      },
    },
  ],
};
