import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { MemoryFileBackend } from '@f9/core';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { isLong } from '../../../scripts/test/daily.ts';
import { type Embedder, httpEmbedder, Searcher, withSearch } from '../src/index.ts';
import { fuse } from '../src/ranking/fuse.ts';
import { type EmbeddingServer, embeddingServer } from './embedding-server.ts';
import { indexOf } from './index-of.ts';

let server: EmbeddingServer;
beforeEach(async () => {
  server = await embeddingServer();
});
afterEach(() => server[Symbol.asyncDispose]());

const embedder = (model = 'm', batch = 2) => httpEmbedder({ baseURL: server.url, model, batch });
const NOTES = {
  'car.md': 'The automobile is in the garage.',
  'mood.md': 'She was glad about the letter.',
  'sea.md': 'The vessel left the harbour at dawn.',
};

describe('by meaning', () => {
  test('what no word says is found once it is embedded', async () => {
    const index = indexOf(NOTES, { embedder: embedder() });
    expect(await index.paths('vehicle')).toEqual([]);
    expect(await index.searcher.embedPending()).toBe(3);
    expect((await index.paths('vehicle'))[0]).toBe('car.md');
    expect((await index.paths('joyful'))[0]).toBe('mood.md');
    expect((await index.paths('boat', { path: '' }))[0]).toBe('sea.md');
  });

  test('filters and directories hold', async () => {
    const index = indexOf({ ...NOTES, 'd/car.md': 'A car.' }, { embedder: embedder() });
    await index.searcher.embedPending();
    expect(await index.paths('vehicle', { path: 'd' })).toEqual(['d/car.md']);
  });

  test('what words and meaning agree on comes before what only one of them puts first', () => {
    const rankings = [
      { items: ['words', 'both'], weight: 1 },
      { items: ['meaning', 'both'], weight: 1 },
    ];
    const [first, ...others] = fuse(rankings);
    expect(first?.item).toBe('both');
    for (const { score } of [first!, ...others]) expect(score > 0 && score <= 1).toBe(true);
  });
});

describe('embedPending', () => {
  test('embeds a text once, wherever it stands and however often it is asked', async () => {
    const index = indexOf({ ...NOTES, 'copy.md': NOTES['car.md'] }, { embedder: embedder() });
    const [one, two] = await Promise.all([index.searcher.embedPending(), index.searcher.embedPending()]);
    expect([one, two]).toEqual([3, 0]);
    expect(server.texts).toHaveLength(3);
    index.put('renamed.md', NOTES['sea.md']);
    expect(await index.searcher.embedPending()).toBe(0);
  });

  test('one line changed in a note of many passages embeds one', async () => {
    const note = Array.from({ length: 40 }, (_, i) => `# Part ${i}\n\ntext of part ${i}\n`).join('\n');
    const index = indexOf({ 'n.md': note }, { embedder: embedder('m', 64) });
    expect(await index.searcher.embedPending()).toBe(40);
    index.put('n.md', note.replace('text of part 7', 'other text'));
    expect(await index.searcher.embedPending()).toBe(1);
  });

  test('tells how far it is, and goes on after it was ended', async () => {
    const index = indexOf(NOTES, { embedder: embedder('m', 1) });
    const controller = new AbortController();
    const seen: number[] = [];
    const onProgress = ({ done, pending }: { done: number; pending: number }): void => {
      seen.push(done, pending);
      controller.abort(new Error('enough'));
    };
    await expect(index.searcher.embedPending({ signal: controller.signal, onProgress })).rejects.toThrow(
      'enough',
    );
    expect(seen).toEqual([1, 2]);
    expect(await index.searcher.embedPending()).toBe(2);
    expect(server.texts).toHaveLength(3);
  });

  test('another model embeds all anew, the same one nothing', async () => {
    const path = join(mkdtempSync(join(tmpdir(), 'f9-search-')), 'index.db');
    const inner = new MemoryFileBackend();
    for (const [name, data] of Object.entries(NOTES)) await inner.create(name, { data });
    const embedded = async (model: Embedder): Promise<number> => {
      await using vault = withSearch(inner, { path, embedder: model });
      await vault.refreshIndex();
      const waiting = await vault.pendingEmbeddings();
      expect(await vault.embedPending()).toBe(waiting);
      return waiting;
    };
    expect([await embedded(embedder('one')), await embedded(embedder('one'))]).toEqual([3, 0]);
    const prefix = { query: 'q: ', document: 'd: ' };
    expect(await embedded(httpEmbedder({ baseURL: server.url, model: 'one', prefix }))).toBe(3);
    expect(server.texts.slice(3).every((text) => text.startsWith('d: '))).toBe(true);
    expect(await embedded(embedder('two'))).toBe(3);
  });

  if (isLong) {
    test('a model that takes longer than a turn is silent for is still asked once for each text', async () => {
      const index = indexOf(NOTES, { embedder: embedder('m', 1) });
      const [first, second] = [index.searcher, new Searcher({ ...index.options, store: index.store })];
      const { embed } = embedder('m', 1);
      const slow: Embedder = {
        id: 'm',
        batch: 1,
        embed: async (texts, options) => {
          await sleep(6000);
          return await embed(texts, options);
        },
      };
      const slowly = new Searcher({ ...index.options, store: index.store, embedder: slow });
      const counts = await Promise.all([slowly.embedPending(), first.embedPending(), second.embedPending()]);
      expect(counts).toEqual([3, 0, 0]);
      expect(server.texts).toHaveLength(3);
    });
  }
});

describe('a server that is not well', () => {
  const fail =
    (status: number, headers: Record<string, string> = {}) =>
    (response: import('node:http').ServerResponse) =>
      void response.writeHead(status, headers).end('no');

  test('is tried again, as long as it says', async () => {
    server.faults.push(fail(503), fail(429, { 'retry-after': '1' }));
    const began = performance.now();
    expect(await embedder().embed(['car'], { kind: 'document' })).toHaveLength(1);
    expect(performance.now() - began).toBeGreaterThan(1000);
    expect(server.requests).toBe(3);
  });

  test.each([
    [401, 'UNAUTHENTICATED'],
    [404, 'NOT_FOUND'],
    [400, 'INVALID_ARGUMENT'],
  ])('%i is %s at once', async (status, code) => {
    server.faults.push(fail(status));
    await expect(embedder().embed(['car'], { kind: 'document' })).rejects.toMatchObject({ code });
    expect(server.requests).toBe(1);
  });

  test.each([
    ['fewer vectors', { data: [] }],
    [
      'vectors of different lengths',
      {
        data: [
          { index: 0, embedding: [1] },
          { index: 1, embedding: [1, 2] },
        ],
      },
    ],
    [
      'no numbers',
      {
        data: [
          { index: 0, embedding: ['a'] },
          { index: 1, embedding: [1] },
        ],
      },
    ],
    ['something else', { answer: 42 }],
  ])('%s are INTEGRITY', async (_, answer) => {
    server.faults.push((response) => void response.end(JSON.stringify(answer)));
    await expect(embedder().embed(['a', 'b'], { kind: 'document' })).rejects.toMatchObject({
      code: 'INTEGRITY',
    });
  });

  test('a query does not wait for it: words answer, and it is told', async () => {
    const fallbacks: unknown[] = [];
    const index = indexOf(NOTES, { embedder: embedder(), onFallback: (error) => fallbacks.push(error) });
    server.faults.push(() => undefined); // It never answers.
    expect(await index.paths('automobile')).toEqual(['car.md']);
    expect(fallbacks).toMatchObject([{ message: expect.stringContaining('1000 ms') }]);
  });
});
