import assert from 'node:assert/strict';
import {
  type FileBackend,
  readOnly,
  restrict,
  type SearchFilter,
  type SearchResult,
  subdirectory,
} from '@f9/core';
import { type ConformanceGroup, declares, lacks } from '../conformance-case.ts';
import type { CaseContext } from '../proving/case-context.ts';
import { mistaken } from '../proving/mistaken.ts';

const DOCUMENTS: Record<string, string> = {
  'birds/kingfisher.md': 'The kingfisher dives into clear rivers and catches small fish with its long beak.',
  'food/sourdough.md':
    'Sourdough bread rises slowly: flour, water, salt and a starter that ferments overnight.',
  'sky/eclipse.md': 'During a total solar eclipse the moon covers the sun and the corona becomes visible.',
};

const GARDEN = `# Garden

Tools are in the shed.

## Water

Tomatoes need water every morning, at their roots.

## Soil

Beans want lime.
`;

const SAID = 'The kingfisher dives.\n';
const NOTES: Record<string, string> = {
  'list.md': `---\ntags: [home, "#garden"]\n---\n${SAID}`,
  // Longer than what a store keeps beside the name.
  'long.md': `---\ntitle: Long\ntags:\n  - river\n  - home\n---\n${SAID}${incompressible(20_000)}\n`,
  'none.md': `tags: home\n${SAID}`,
  'text.md': `---\ntags: river, garden\n---\n${SAID}`,
};

/** Words that no compression makes much shorter. */
function incompressible(length: number): string {
  let [text, seed] = ['', 1];
  while (text.length < length) {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    text += `${seed.toString(36)} `;
  }
  return text;
}

function tagged(value: string, type: 'eq' | 'ne' = 'eq'): SearchFilter {
  return { type, key: 'tag', value };
}

function named(name: string): SearchFilter {
  return { type: 'eq', key: 'name', value: name };
}

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
      promises: ['search.finds'],
      title:
        'in a vault of two files, what is found is worth something, also where most of the question is not there',
      when: declares('search'),
      run: async (t) => {
        await t.backend.create('garden.md', { data: 'Tomatoes need water every morning.' });
        await t.backend.create('house.md', { data: 'The roof is red.' });
        await t.seen(async (fresh) => {
          const [first] = await fresh.search('who planted tomatoes behind our neighbours?');
          assert.equal(first?.path, 'garden.md');
          assert.ok(first.score >= 0.05, `score ${first.score}`);
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
      promises: ['search.finds'],
      title: 'what was refused, or whose source broke, is not found, and what was moved is found where it is',
      when: declares('search'),
      run: async (t) => {
        await plant(t);
        await t.rejects(
          t.backend.create('sky/eclipse.md', { data: 'An albatross glides.' }),
          'ALREADY_EXISTS',
        );
        const broken = async function* (): AsyncGenerator<string> {
          yield 'An albatross glides, ';
          throw new Error('the source broke');
        };
        await assert.rejects(t.backend.update('food/sourdough.md', { data: broken() }), /the source broke/);
        await t.backend.move('birds/kingfisher.md', 'rivers/kingfisher.md');
        await t.seen(async (fresh) => {
          for (const { path, snippet } of await fresh.search('albatross glides'))
            assert.ok(!snippet.includes('albatross'), `${path} is found by what was never written to it`);
          const paths = await found(fresh, 'kingfisher rivers fish');
          assert.equal(paths[0], 'rivers/kingfisher.md');
          assert.ok(!paths.includes('birds/kingfisher.md'), 'It is not found where it was');
        });
      },
    },
    {
      promises: ['search.place'],
      title: 'the snippet is text of the file, and line and heading are where it stands',
      when: declares('search'),
      run: async (t) => {
        await t.backend.create('garden.md', { data: GARDEN });
        await t.seen(async (fresh) => {
          const [first] = await fresh.search('tomatoes water roots');
          assert.ok(first?.path === 'garden.md', 'The note is found');
          const said = first.snippet.trim().split('\n');
          for (const text of said)
            assert.ok(GARDEN.includes(text.trim()), `"${text}" is no text of the file`);
          if (first.line === undefined) return;
          const lines = GARDEN.split('\n');
          const there = lines[first.line - 1] ?? '';
          assert.ok(there.includes(said[0]!.trim()), `Line ${first.line} is "${there}", not "${said[0]}"`);
          if (first.heading === undefined) return;
          const above = lines.slice(0, first.line).findLast((line) => line.startsWith('#'));
          assert.equal(`# ${first.heading}`, above?.replace(/^#+/, '#'), 'The heading above');
        });
      },
    },
    {
      promises: ['search.filters'],
      title: 'filters compare what is known of a file, all together or any of them',
      when: declares('search'),
      run: async (t) => {
        await plant(t);
        const [birds, food, sky] = Object.keys(DOCUMENTS) as [string, string, string];
        const expected: readonly (readonly [SearchFilter, readonly string[]])[] = [
          [{ type: 'eq', key: 'path', value: food }, [food]],
          [{ type: 'eq', key: 'name', value: 'eclipse.md' }, [sky]],
          [{ type: 'ne', key: 'directory', value: 'birds' }, [food, sky]],
          [{ type: 'eq', key: 'extension', value: 'md' }, [birds, food, sky]],
          [{ type: 'lt', key: 'size', value: Buffer.byteLength(DOCUMENTS[birds]!) + 1 }, [birds]],
          [{ type: 'gt', key: 'modifiedAt', value: 0 }, [birds, food, sky]],
          [{ type: 'eq', key: 'mediaType', value: 'text/markdown' }, [birds, food, sky]],
          [{ type: 'or', filters: [named('eclipse.md'), named('sourdough.md')] }, [food, sky]],
          [{ type: 'and', filters: [named('eclipse.md'), named('sourdough.md')] }, []],
        ];
        await t.seen(async (fresh) => {
          for (const [filters, paths] of expected) {
            const results = await fresh.search('kingfisher sourdough eclipse', { filters });
            assert.deepEqual(results.map(({ path }) => path).sort(), paths, JSON.stringify(filters));
          }
        });
        for (const none of [
          { type: 'eq', key: 'colour', value: 'red' },
          { type: 'like', key: 'path', value: 'a' },
          { type: 'eq', key: 'path' },
          { type: 'gt', key: 'tag', value: 'a' },
          { type: 'not', filters: [named('eclipse.md')] },
          { type: 'and', filters: named('eclipse.md') },
          { type: 'and', filters: ['eclipse.md'] },
        ]) {
          const filters = mistaken<SearchFilter>(none);
          await t.rejects(t.backend.search('words', { filters }), 'INVALID_ARGUMENT');
        }
      },
    },
    {
      promises: ['search.filters'],
      title: 'tags are those of the frontmatter as it is now, wherever the file was moved to',
      when: declares('search'),
      run: async (t) => {
        for (const [path, data] of Object.entries(NOTES)) await t.backend.create(path, { data });
        const assertFound = (filters: SearchFilter, paths: readonly string[]): Promise<void> =>
          t.seen(async (fresh) => {
            const results = await fresh.search('kingfisher dives', { filters });
            assert.deepEqual(results.map(({ path }) => path).sort(), paths, JSON.stringify(filters));
          });
        await assertFound(tagged('home'), ['list.md', 'long.md']);
        await assertFound(tagged('garden'), ['list.md', 'text.md']);
        await assertFound(tagged('home', 'ne'), ['none.md', 'text.md']);
        await assertFound({ type: 'and', filters: [tagged('home'), tagged('river', 'ne')] }, ['list.md']);
        await t.backend.move('long.md', 'moved/long.md');
        await t.backend.update('list.md', { data: `---\ntags: sky\n---\n${SAID}` });
        await assertFound(tagged('home'), ['moved/long.md']);
        await assertFound({ type: 'or', filters: [tagged('sky'), tagged('river')] }, [
          'list.md',
          'moved/long.md',
          'text.md',
        ]);
      },
    },
    {
      promises: ['search.layers'],
      title:
        'a part of a vault, one that is only read and one with hidden files are searched as what they are',
      when: declares('search'),
      run: async (t) => {
        await plant(t);
        const query = 'kingfisher sourdough eclipse';
        await t.seen(async (fresh) => {
          assert.deepEqual(await found(subdirectory(fresh, 'sky'), query), ['eclipse.md']);
          assert.equal((await found(readOnly(fresh), query)).length, 3);
          const hidden = restrict(fresh, { read: { deny: ['birds/**'] } });
          assert.deepEqual((await found(hidden, query)).sort(), ['food/sourdough.md', 'sky/eclipse.md']);
          // Hidden results take no place from visible ones.
          assert.equal((await hidden.search(query, { limit: 2 })).length, 2);
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
