import assert from 'node:assert/strict';
import type { FileBackend, SearchResult } from '@f9/core';
import { type ConformanceGroup, declares, lacks } from '../conformance-case.ts';
import type { CaseContext } from '../proving/case-context.ts';
import { mistaken } from '../proving/mistaken.ts';

const DOCUMENTS: Record<string, string> = {
  'birds/kingfisher.md': 'The kingfisher dives into clear rivers and catches small fish with its long beak.',
  'food/sourdough.md':
    'Sourdough bread rises slowly: flour, water, salt and a starter that ferments overnight.',
  'sky/eclipse.md': 'During a total solar eclipse the moon covers the sun and the corona becomes visible.',
};

async function plant(t: CaseContext): Promise<void> {
  for (const [path, data] of Object.entries(DOCUMENTS)) await t.backend.create(path, { data });
}

async function found(backend: FileBackend, query: string, path?: string): Promise<string[]> {
  const results = await backend.search(query, path === undefined ? {} : { path });
  return results.map((result) => result.path);
}

export const search: ConformanceGroup = {
  name: 'search',
  cases: [
    {
      promises: ['search.finds'],
      title: 'the file that speaks of it comes first, with score and snippet',
      when: declares('search'),
      run: async (t) => {
        await plant(t);
        await t.seen(async (fresh) => {
          const results: SearchResult[] = await fresh.search('sourdough bread starter');
          assert.equal(results[0]?.path, 'food/sourdough.md');
          for (const { path, score, snippet } of results) {
            assert.ok(path in DOCUMENTS, `${path} is a path of the vault`);
            assert.ok(score >= 0 && score <= 1, `score ${score}`);
            assert.equal(typeof snippet, 'string');
          }
          const scores = results.map(({ score }) => score);
          assert.deepEqual(
            scores,
            scores.toSorted((a, b) => b - a),
            'Best first',
          );
        });
      },
    },
    {
      promises: ['search.options'],
      title: 'limit and path narrow what is found',
      when: declares('search'),
      run: async (t) => {
        await plant(t);
        await t.seen(async (fresh) => {
          assert.deepEqual(await found(fresh, 'solar eclipse corona', 'sky'), ['sky/eclipse.md']);
          const elsewhere = await found(fresh, 'solar eclipse corona', 'birds');
          assert.ok(
            elsewhere.every((path) => path.startsWith('birds/')),
            elsewhere.join(),
          );
          assert.equal((await fresh.search('kingfisher rivers fish', { limit: 1 })).length, 1);
        });
      },
    },
    {
      promises: ['search.finds'],
      title: 'what was deleted or rewritten is not found by what it said',
      when: declares('search'),
      run: async (t) => {
        await plant(t);
        await t.backend.delete('birds/kingfisher.md');
        await t.backend.update('sky/eclipse.md', { data: 'Nothing but a note about tax returns.' });
        await t.seen(async (fresh) => {
          assert.ok(!(await found(fresh, 'kingfisher rivers fish')).includes('birds/kingfisher.md'));
          const results = await fresh.search('solar eclipse corona');
          for (const { snippet } of results) assert.ok(!snippet.includes('corona'), snippet);
        });
      },
    },
    {
      promises: ['search.options'],
      title: 'a blank query and a limit that is none are INVALID_ARGUMENT',
      when: declares('search'),
      run: async (t) => {
        for (const query of ['', '  ', 42, null]) {
          await t.rejects(t.backend.search(mistaken<string>(query)), 'INVALID_ARGUMENT', {
            operation: 'search',
          });
        }
        for (const limit of [0, -1, 1.5])
          await t.rejects(t.backend.search('words', { limit }), 'INVALID_ARGUMENT');
        await t.rejects(t.backend.search('words', { path: '../x' }), 'PATH_OUTSIDE_ROOT');
      },
    },
    {
      promises: ['search.unsupported'],
      title: 'search is refused and changes nothing',
      when: lacks('search'),
      run: async (t) => {
        await plant(t);
        await t.unchangedBy(async () => {
          await t.rejects(t.backend.search('sourdough'), 'UNSUPPORTED', { operation: 'search' });
        });
      },
    },
  ],
};
