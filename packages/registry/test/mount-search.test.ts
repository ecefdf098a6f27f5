import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MemoryFileBackend } from '@f9/core';
import { createVectorStore, OpenAIVectorStoreFileBackend } from '@f9/openai';
import { startServer } from '@f9/openai-server';
import { withSearch } from '@f9/search';
import { SqliteFileBackend } from '@f9/sqlite';
import { expect, test } from 'vitest';
import { mount } from '../src/index.ts';

test('a file of its own, an index beside a vault and a vector store are ranked together', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'f9-mount-search-'));
  const server = await startServer({ apiKey: 'sk-mounted', unkind: false });
  const options = { apiKey: 'sk-mounted', baseURL: server.url };
  try {
    await using file = new SqliteFileBackend({ path: join(folder, 'vault.db') });
    await using memory = new MemoryFileBackend();
    await using layer = withSearch(memory, { path: ':memory:' });
    const vectorStoreId = await createVectorStore({ ...options, name: 'mounted' });
    await using store = new OpenAIVectorStoreFileBackend({ ...options, vectorStoreId });
    await using none = new MemoryFileBackend();
    const tree = mount({ file, layer, store, none });

    const parts = ['file', 'layer', 'store'];
    for (const part of [...parts, 'none']) {
      // Much is said in all of them of what nobody asks for.
      for (let i = 0; i < 12; i++)
        await tree.create(`${part}/other${i}.md`, { data: `Number ${i}: bread rises slowly overnight.` });
      await tree.create(`${part}/all.md`, { data: 'The kingfisher dives into clear rivers for small fish.' });
      await tree.create(`${part}/some.md`, { data: 'Rivers of ice, far away and slow to move.' });
    }
    const results = await tree.search('kingfisher dives into rivers', { limit: 6 });
    // What answers best in any of them comes before what answers less in another.
    expect(
      results
        .slice(0, 3)
        .map(({ path }) => path)
        .toSorted(),
    ).toEqual(parts.map((part) => `${part}/all.md`));
    expect(results.map(({ score }) => score)).toEqual(
      results.map(({ score }) => score).toSorted((a, b) => b - a),
    );
    for (const { score } of results) expect(score > 0 && score <= 1).toBe(true);
    const filters = { type: 'eq', key: 'name', value: 'some.md' } as const;
    const some = (await tree.search('kingfisher dives into rivers', { filters })).map(({ path }) => path);
    expect(some.toSorted()).toEqual(parts.map((part) => `${part}/some.md`));
    expect((await tree.search('kingfisher', { path: 'layer', limit: 1 })).map(({ path }) => path)).toEqual([
      'layer/all.md',
    ]);
  } finally {
    await server.close();
    rmSync(folder, { recursive: true });
  }
});
