import { type OpenAIServer, startServer } from '@f9/openai-server';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { EXIT } from '../src/index.ts';
import { Workplace } from './support/command.ts';
import { createStore } from './support/store.ts';

describe('search', () => {
  let server: OpenAIServer;
  beforeAll(async () => {
    server = await startServer({ unkind: false });
  });
  afterAll(async () => {
    await server.close();
  });

  async function garden(): Promise<Workplace> {
    const place = await Workplace.create({
      'n/garden/apples.md': 'The apples ripen in September.\n\nPick them dry.',
      'n/garden/pears.md': 'The pears ripen in October.',
      'n/cars.md': 'The engine needs oil.',
    });
    await place.ok(['vaults', 'add', 'store', await createStore(server)]);
    await place.ok(['mirror', 'n', 'store:']);
    return place;
  }

  test('finds by meaning in a vector store that a folder was mirrored into', async () => {
    await using place = await garden();
    const { stdout } = await place.ok(['search', 'when do apples ripen', 'store:', '-n', '1']);
    expect(stdout).toMatch(
      /^store:garden\/apples\.md {2}\d\.\d\d {2}line 1\n {2}The apples ripen in September\. Pick them dry\.\n$/,
    );
    const full = await place.ok(['search', 'when do apples ripen', 'store:', '-n', '1', '--full']);
    expect(full.stdout).toMatch(/ripen in September\.\n {2}Pick them dry\.\n$/);
    expect(stdout).not.toContain('pears');
  });

  test('--json gives whole snippets, below a directory alone', async () => {
    await using place = await garden();
    const { documents } = await place.ok(['search', 'ripen oil engine', 'store:garden', '--json']);
    expect(documents.map(({ location }) => location).sort()).toEqual([
      'store:garden/apples.md',
      'store:garden/pears.md',
    ]);
    for (const document of documents)
      expect(document).toMatchObject({ score: expect.any(Number), snippet: expect.any(String) });
  });

  test('the doctor tells what is stored and not found', async () => {
    await using place = await garden();
    await place.ok(['write', 'store:pixels.bin'], {
      stdin: Uint8Array.from({ length: 2000 }, (_, i) => i % 256),
    });
    const { documents } = await place.ok(['doctor', 'store:', '--json']);
    expect(documents.find(({ check }) => check === 'store: can be searched')).toMatchObject({
      status: 'warning',
      found: '1 file of 4 kept exactly and not found by search: store:pixels.bin',
    });
  });

  test('a folder cannot do it, and says so', async () => {
    await using place = await Workplace.create({ 'a.md': '' });
    const result = await place.f9(['search', 'apples', '.']);
    expect(result.code).toBe(EXIT.failed);
    expect(result.stderr).toContain('(UNSUPPORTED)');
  });
});
