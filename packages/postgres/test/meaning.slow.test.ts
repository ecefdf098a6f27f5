import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { httpEmbedder } from '@f9/search';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type EmbeddingServer, embeddingServer } from '../../search/test/embedding-server.ts';
import { PostgresFileBackend, type PostgresFileBackendOptions } from '../src/index.ts';
import { EmbeddedServer } from './support/pglite.ts';

const NOTES = {
  'car.md': 'The automobile is in the garage.',
  'mood.md': 'She was glad about the letter.',
  'sea.md': 'The vessel left the harbour at dawn.',
};

let database: EmbeddedServer;
let models: EmbeddingServer;
beforeAll(async () => {
  [database, models] = await Promise.all([EmbeddedServer.start(), embeddingServer()]);
});
afterEach(() => database.sql('DELETE FROM f9_vault.entries; DELETE FROM f9_vault.search_vectors;'));
afterAll(async () => {
  await database[Symbol.asyncDispose]();
  await models[Symbol.asyncDispose]();
});

const embedder = (model = 'm', batch = 2) => httpEmbedder({ baseURL: models.url, model, batch });
const open = (given: Partial<PostgresFileBackendOptions> = {}): PostgresFileBackend =>
  new PostgresFileBackend(database.options({ embedder: embedder(), ...given }));
const paths = async (vault: PostgresFileBackend, query: string, path?: string): Promise<string[]> =>
  (await vault.search(query, { path })).map((result) => result.path);

async function planted(): Promise<PostgresFileBackend> {
  const vault = open();
  for (const [path, data] of Object.entries(NOTES)) await vault.create(path, { data });
  return vault;
}

describe('by meaning, with pgvector', () => {
  test('what no word says is found once it is embedded, in a directory too', async () => {
    await using vault = await planted();
    await vault.copy('car.md', 'd/car.md');
    expect(await paths(vault, 'vehicle')).toEqual([]);
    expect(await vault.embedPending()).toBe(3);
    expect(await vault.pendingEmbeddings()).toBe(0);
    expect((await paths(vault, 'vehicle')).slice(0, 2)).toEqual(['car.md', 'd/car.md']);
    expect(await paths(vault, 'vehicle', 'd')).toEqual(['d/car.md']);
    expect((await paths(vault, 'joyful'))[0]).toBe('mood.md');
  });

  test('a text is embedded once, wherever it stands, and what was embedded when it was ended stays', async () => {
    await using vault = await planted();
    models.texts.length = 0;
    const controller = new AbortController();
    const ended = vault.embedPending({
      signal: controller.signal,
      onProgress: () => controller.abort(new Error('enough')),
    });
    await expect(ended).rejects.toThrow('enough');
    await using again = open();
    expect(await again.embedPending()).toBe(1);
    await again.move('sea.md', 'renamed.md');
    expect(await again.embedPending()).toBe(0);
    expect(models.texts.toSorted()).toEqual(Object.values(NOTES).toSorted());
  });

  test('that was killed leaves its turn to the next at once', async () => {
    await using vault = await planted();
    const program = `
      import { PostgresFileBackend } from ${JSON.stringify(new URL('../src/index.ts', import.meta.url).href)};
      import { httpEmbedder } from ${JSON.stringify(new URL('../../search/src/index.ts', import.meta.url).href)};
      const embedder = httpEmbedder({ baseURL: ${JSON.stringify(models.url)}, model: 'm', batch: 1 });
      const vault = new PostgresFileBackend({ ...${JSON.stringify(database.options())}, embedder });
      await vault.embedPending({ onProgress: () => process.kill(process.pid, 'SIGKILL') });`;
    const flags = ['--conditions=@f9/source', '--no-warnings', '--input-type=module', '--eval', program];
    const child = spawn(process.execPath, flags, { stdio: ['ignore', 'inherit', 'inherit'] });
    expect(await once(child, 'exit')).toEqual([null, 'SIGKILL']);
    const [turn] = await database.sql('SELECT ends_at > clock_timestamp() AS held FROM f9_vault.search_turn');
    expect(turn).toEqual({ held: true });
    // Without anybody's look at who holds it, this would take until the turn runs out.
    await database.sql("UPDATE f9_vault.search_turn SET ends_at = 'infinity'");
    expect(await vault.embedPending()).toBe(2);
  });

  test('another model embeds all anew; what is gone is forgotten', async () => {
    const vault = await planted();
    expect(await vault.embedPending()).toBe(3);
    await vault.close();
    await using other = open({ embedder: embedder('n') });
    expect(await other.pendingEmbeddings()).toBe(3);
    expect(await paths(other, 'vehicle')).toEqual([]);
    await other.delete('sea.md');
    await other.update('mood.md', { data: 'Nothing of that.' });
    expect(await other.embedPending()).toBe(2);
    await other.update('mood.md', { data: 'Something else.' });
    expect(await other.embedPending()).toBe(1);
    expect(await database.sql('SELECT count(*)::int AS count FROM f9_vault.search_vectors')).toEqual([
      { count: 2 },
    ]);
  });
});
