import { isFileBackendError, MemoryFileBackend, mirror, type SearchFilter } from '@f9/core';
import { describe, expect, test } from 'vitest';
import { eq } from '../../search/test/index-of.ts';
import { HOSTILE, LANGUAGES } from '../../search/test/word-cases.ts';
import { PostgresFileBackend, type PostgresFileBackendOptions } from '../src/index.ts';
import { hasPostgres } from './support/cluster.ts';
import { cluster } from './support/shared.ts';

let made = 0;

function fresh(
  given: Partial<PostgresFileBackendOptions> = {},
): PostgresFileBackend & { readonly schema: string } {
  const vault = `s${++made}`;
  const backend = new PostgresFileBackend(cluster!.options({ vault, ...given }));
  return Object.assign(backend, { schema: `f9_${vault}` });
}

/** Writes many at once, as a mirror does. */
async function fill(vault: PostgresFileBackend, texts: Readonly<Record<string, string>>): Promise<void> {
  const source = new MemoryFileBackend();
  for (const [path, data] of Object.entries(texts)) await source.create(path, { data });
  await mirror(source, vault);
}

async function paths(
  vault: Pick<PostgresFileBackend, 'search'>,
  query: string,
  filters?: SearchFilter,
): Promise<string[]> {
  return (await vault.search(query, { filters })).map(({ path }) => path);
}

describe.skipIf(!hasPostgres)('the index (needs PostgreSQL)', () => {
  test('holds a small file as soon as it is there, by the transaction that writes it', async () => {
    await using vault = fresh();
    await vault.create('a.md', { data: '# Garden\n\nTomatoes need water.\n' });
    expect(cluster!.sql(`SELECT indexed = version FROM ${vault.schema}.entries`)).toBe('t');
    expect(await vault.search('tomato')).toEqual([
      {
        path: 'a.md',
        score: expect.any(Number),
        snippet: 'Tomatoes need water.',
        line: 3,
        heading: 'Garden',
      },
    ]);
  });

  test('holds what was appended, copied, moved or is long from the next search on, and nothing of what is gone', async () => {
    await using vault = fresh();
    await vault.create('a.md', { data: 'kingfisher' });
    await vault.update('a.md', { data: ' and heron', append: true });
    expect(await paths(vault, 'heron')).toEqual(['a.md']);
    await vault.copy('a.md', 'deep/b.md');
    await vault.move('a.md', 'deep/c.md');
    expect((await paths(vault, 'heron')).toSorted()).toEqual(['deep/b.md', 'deep/c.md']);
    await vault.move('deep', 'other');
    expect((await paths(vault, 'heron')).toSorted()).toEqual(['other/b.md', 'other/c.md']);
    await vault.create('long.md', { data: `${'word '.repeat(80_000)}\n\nalbatross\n` });
    expect(await paths(vault, 'albatross')).toEqual(['long.md']);
    await vault.delete('other', { recursive: true });
    expect(await paths(vault, 'heron')).toEqual([]);
    expect(cluster!.sql(`SELECT count(*) FROM ${vault.schema}.search_documents`)).toBe('1');
  });

  test('a session finds what it wrote, others do not before it commits; what was not committed is in no index', async () => {
    await using vault = fresh();
    await using another = new PostgresFileBackend(cluster!.options({ vault: vault.schema.slice(3) }));
    await vault.create('a.md', { data: 'kingfisher' });
    const undone = vault.syncSession(async (session) => {
      await session.create('b.md', { data: 'kingfisher too' });
      await session.move('a.md', 'c.md');
      expect((await paths(session, 'kingfisher')).toSorted()).toEqual(['b.md', 'c.md']);
      expect(await paths(another, 'kingfisher')).toEqual(['a.md']);
      throw new Error('no');
    });
    await expect(undone).rejects.toThrow('no');
    expect(await paths(vault, 'kingfisher')).toEqual(['a.md']);
    expect(await paths(vault, 'too')).toEqual([]);
  });

  test('a vault that only may be read is searched as far as it is indexed', async () => {
    await using vault = fresh();
    await vault.create('a.md', { data: 'kingfisher' });
    await vault.create('long.md', { data: `${'word '.repeat(80_000)} kingfisher` });
    cluster!.sql(
      `CREATE ROLE onlooker LOGIN; GRANT USAGE ON SCHEMA ${vault.schema} TO onlooker; GRANT SELECT ON ALL TABLES IN SCHEMA ${vault.schema} TO onlooker`,
    );
    await using reader = new PostgresFileBackend(
      cluster!.options({ vault: vault.schema.slice(3), user: 'onlooker' }),
    );
    expect(await paths(reader, 'kingfisher')).toEqual(['a.md']);
    expect(await paths(reader, 'fisher')).toEqual([]);
  });

  test('what YAML makes of an escape fails no write', async () => {
    await using vault = fresh();
    const data = '---\ntitle: "a\\0b"\ntags: ["x\\0y", "\\uD83D", home]\n---\nkingfisher \ufffd';
    await vault.create('a.md', { data });
    expect(await paths(vault, 'kingfisher', eq('tag', 'home'))).toEqual(['a.md']);
    expect(await paths(vault, 'kingfisher', eq('tag', 'x\0y'))).toEqual([]);
  });

  test('words and vectors of a model need pgvector, and a server without it says so', async (t) => {
    const has = cluster!.sql(`SELECT count(*) FROM pg_available_extensions WHERE name = 'vector'`);
    if (has === '1') return t.skip('this server has pgvector');
    await using vault = fresh({ embedder: { id: 'm', embed: async () => [] } });
    const error = await vault.search('x').catch((thrown: unknown) => thrown);
    expect(isFileBackendError(error, 'UNSUPPORTED') && error.message).toContain('pgvector');
  });
});

describe.skipIf(!hasPostgres)('words (needs PostgreSQL)', () => {
  test('of nine languages and more are found as everywhere', async () => {
    await using vault = fresh();
    for (const [name, text] of LANGUAGES) await vault.create(`${name}.md`, { data: text });
    for (const [name, , queries] of LANGUAGES) {
      for (const query of queries)
        expect((await paths(vault, query))[0], `${name}: ${query}`).toBe(`${name}.md`);
    }
  });

  test('nothing that is typed is syntax', async () => {
    await using vault = fresh();
    await vault.create('a.md', { data: 'a b c 水 words' });
    for (const query of HOSTILE)
      if (query.trim() !== '')
        expect(Array.isArray(await vault.search(query)), query.slice(0, 30)).toBe(true);
  });

  test('a stemmer of another language can be given; a phrase in quotes counts more; the word being typed is a beginning', async () => {
    await using vault = fresh({ stemmer: (word) => word.replace(/(en|er|e|n)$/, "'") });
    await vault.create('blumen.md', { data: 'Die Blumen gießen' });
    await vault.create('apart.md', { data: 'water the plants, tomatoes are red, water tomatoes not plants' });
    await vault.create('together.md', { data: 'tomatoes plants need sun' });
    expect(await paths(vault, 'Blume ')).toEqual(['blumen.md']);
    expect((await paths(vault, '"tomatoes plants"'))[0]).toBe('together.md');
    expect(await paths(vault, 'blum')).toEqual(['blumen.md']);
  });

  test('the rarest words choose, and all words rank', async () => {
    await using vault = fresh();
    const word = (is: boolean, name: string): string => (is ? name : 'nothing');
    const notes = Array.from(
      { length: 300 },
      (_, i) => `the common words of note ${i} ${word(i === 7, 'kingfisher')} ${word(i % 3 === 1, 'garden')}`,
    );
    await fill(vault, Object.fromEntries(notes.map((text, i) => [`n${i}.md`, text])));
    const [first, second] = await vault.search('the common garden kingfisher');
    expect(first?.path).toBe('n7.md');
    expect(first!.score).toBeGreaterThan(second!.score);
    expect(first!.score <= 1 && second!.score > 0).toBe(true);
  });
});

describe.skipIf(!hasPostgres)('filters (needs PostgreSQL)', () => {
  test.each<[string, SearchFilter, string[]]>([
    ['a tag', eq('tag', 'home'), ['a.md', 'd/e/c.md']],
    ['another tag', { type: 'ne', key: 'tag', value: 'home' }, ['d/b.txt', 'd0/x.md']],
    ['the root', eq('directory', ''), ['a.md']],
    ['none of nothing', { type: 'or', filters: [] }, []],
    ['text where a number is', { type: 'gt', key: 'size', value: 'x' }, []],
    [
      'a number where text is',
      { type: 'ne', key: 'name', value: 1 },
      ['a.md', 'd/b.txt', 'd/e/c.md', 'd0/x.md'],
    ],
    ['all of', { type: 'and', filters: [eq('extension', 'md'), eq('tag', 'garden')] }, ['a.md']],
  ])('by %s', async (_, filters, expected) => {
    await using vault = new PostgresFileBackend(cluster!.options({ vault: 'filtered' }));
    await fill(vault, {
      'a.md': '---\ntags: [garden, home]\n---\nkingfisher',
      'd/b.txt': 'kingfisher note',
      'd/e/c.md': '---\ntags: home\n---\nkingfisher long text',
      'd0/x.md': 'kingfisher',
    });
    expect((await paths(vault, 'kingfisher', filters)).toSorted()).toEqual(expected);
  });
});
