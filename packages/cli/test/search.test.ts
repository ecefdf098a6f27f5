import { readdir } from 'node:fs/promises';
import { DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import { type OpenAIServer, startServer } from '@f9/openai-server';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { embeddingServer } from '../../search/test/embedding-server.ts';
import { EXIT } from '../src/index.ts';
import { Workplace } from './support/command.ts';
import { git } from './support/repository.ts';
import { Spawned } from './support/spawned.ts';
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

  test('takes the vault first, too', async () => {
    await using place = await garden();
    const usual = (await place.ok(['search', 'pears: ripe?', 'store:'])).stdout;
    expect(usual).toContain('pears.md');
    expect((await place.ok(['search', 'store:', 'pears: ripe?'])).stdout).toBe(usual);
    // Two that name a vault are a query and a place, in that order.
    expect((await place.ok(['search', 'store:', 'store:garden'])).code).toBe(EXIT.ok);
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
});

describe('search without a key', () => {
  const FILES = {
    'n/garden/apples.md': '# Apples\n\nThe apples ripen in September.\n',
    'n/garden/pears.md': '# Pears\n\nThe pears ripen in October.\n',
    'n/cars.md': 'The engine needs oil.\n',
  };
  const commit = (place: Workplace, message: string): void => {
    git(place.at('n'), 'add', '.');
    git(place.at('n'), '-c', 'user.name=A', '-c', 'user.email=a@example.org', 'commit', '-qm', message);
  };
  /** Makes the folder `n` a repository, and a vault `notes` of it. */
  const addRepository = async (place: Workplace): Promise<void> => {
    git(place.at('n'), 'init', '--quiet', '--initial-branch=main');
    commit(place, 'notes');
    const remote = pathToFileURL(place.at('n')).href;
    const uri = `git+${remote}@main?path=${encodeURIComponent(place.at('c'))}`;
    await place.ok(['vaults', 'add', 'notes', uri]);
  };
  const locations = async (place: Workplace, argv: readonly string[], env = {}): Promise<unknown[]> =>
    (await place.ok(['search', ...argv, '--json'], { env })).documents.map(({ location }) => location);

  test('a folder is searched by an index beside it, which follows it', async () => {
    await using place = await Workplace.create(FILES);
    const { stdout } = await place.ok(['search', 'when do apples ripen', 'n', '-n', '1']);
    expect(stdout).toMatch(
      /^n\/garden\/apples\.md {2}\d\.\d\d {2}line 3: Apples\n {2}The apples ripen in September\.\n$/,
    );
    await place.write('n/new.md', 'A kingfisher.');
    expect(await locations(place, ['kingfisher', 'n'])).toEqual(['n/new.md']);
    // Nothing of it in the folder, and one index however it is named.
    await place.ok(['vaults', 'add', 'notes', 'n']);
    expect(await locations(place, ['kingfisher', 'notes:'])).toEqual(['notes:new.md']);
    expect((await readdir(place.at('n'))).sort()).toEqual(['cars.md', 'garden', 'new.md']);
    expect((await readdir(place.at('.cache/search'))).filter((name) => name.endsWith('.db'))).toHaveLength(1);
    expect((await locations(place, ['ripen engine', 'notes:garden'])).sort()).toEqual([
      'notes:garden/apples.md',
      'notes:garden/pears.md',
    ]);
  });

  test('the first index tells how far it is', async () => {
    await using place = await Workplace.create(FILES);
    const { stderr } = await place.ok(['search', 'apples', 'n'], { terminal: true });
    expect(stderr).toContain('indexing  3/3 files');
  });

  test('follows a repository as it is pulled', async () => {
    await using place = await Workplace.create(FILES);
    await addRepository(place);
    expect(await locations(place, ['ripening apples', 'notes:', '-n', '1'])).toEqual([
      'notes:garden/apples.md',
    ]);
    await place.write('n/birds.md', 'The heron waits.');
    commit(place, 'birds');
    expect(await locations(place, ['heron', 'notes:'])).toEqual([]);
    await place.ok(['pull', 'notes:']);
    expect(await locations(place, ['heron', 'notes:'])).toEqual(['notes:birds.md']);
  });

  test('a repository is mirrored into a file that is searched, by a relative URI from anywhere', async () => {
    await using place = await Workplace.create({ ...FILES, 'd/x': '', 'e/x': '' });
    await addRepository(place);
    const here = pathToFileURL(place.at('d')).pathname;
    const added = await place.ok(['vaults', 'add', 'index', 'sqlite:./notes.db'], { cwd: 'd' });
    expect(added.stdout).toBe(`index: is sqlite://${here}/notes.db\n`);
    await place.ok(['mirror', 'notes:', 'index:'], { cwd: 'e' });
    expect(await locations(place, ['ripening apples', 'index:', '-n', '1'])).toEqual([
      'index:garden/apples.md',
    ]);
    const direct = await place.ok(['cat', 'sqlite:./notes.db#cars.md'], { cwd: 'd' });
    expect(direct.stdout).toBe(FILES['n/cars.md']);
    const { documents } = await place.ok(['doctor', 'index:', '--json']);
    expect(documents).toContainEqual({
      check: 'index: is whole',
      status: 'ok',
      found: 'every page, all 3 files and their words',
    });
  });

  test('a file in the folder that it would hold is no target', async () => {
    await using place = await Workplace.create(FILES);
    const result = await place.f9(['mirror', 'n', 'sqlite:n/notes.db']);
    expect(result.code).toBe(EXIT.usage);
    expect(result.stderr).toContain("--ignore 'notes.db*'");
    await place.ok(['mirror', 'n', 'sqlite:n/notes.db', '--ignore', 'notes.db*']);
    const listed = await place.ok(['ls', '-r', 'sqlite:n/notes.db']);
    expect(listed.stdout).not.toContain('notes.db');
  });

  test('a vault has its name before a scheme has', async () => {
    await using place = await Workplace.create(FILES);
    await place.ok(['vaults', 'add', 'sqlite', 'n']);
    expect((await place.ok(['cat', 'sqlite:./cars.md'])).stdout).toBe(FILES['n/cars.md']);
  });

  test('a damaged file is a finding of the doctor', async () => {
    await using place = await Workplace.create(FILES);
    await place.ok(['mirror', 'n', 'sqlite:./notes.db']);
    const database = new DatabaseSync(place.at('notes.db'));
    database.exec('DELETE FROM search_words');
    database.close();
    const { code, stdout } = await place.f9(['doctor', 'sqlite:./notes.db', '--json']);
    expect(code).toBe(EXIT.failed);
    expect(stdout).toContain('The words of');
  });
});

describe('embed', () => {
  const FILES = { 'n/car.md': 'The automobile is in the garage.', 'n/mood.md': 'She was glad.' };

  test('gives a folder vectors, once each; then words are not needed', async () => {
    await using server = await embeddingServer();
    await using place = await Workplace.create(FILES);
    const env = { F9_EMBEDDINGS: server.url, F9_EMBEDDINGS_MODEL: 'm' };
    expect((await place.ok(['embed', 'n'], { env })).stdout).toBe('2 passages embedded in n\n');
    expect((await place.ok(['search', 'vehicle', 'n', '-n', '1'], { env })).stdout).toContain('n/car.md');
    await place.write('n/sea.md', 'The vessel left.');
    const { documents } = await place.ok(['embed', 'n', '--json'], { env });
    expect(documents).toEqual([{ location: 'n', embedded: 1, pending: 0 }]);
    expect(server.texts.filter((text) => text !== 'vehicle').toSorted()).toEqual([
      'She was glad.',
      'The automobile is in the garage.',
      'The vessel left.',
    ]);
  });

  test('that was killed in the middle is gone on with, nothing is embedded twice', async () => {
    await using server = await embeddingServer();
    const notes = Array.from({ length: 100 }, (_, i) => `note ${i}`);
    await using place = await Workplace.create(
      Object.fromEntries(notes.map((text, i) => [`n/${i}.md`, text])),
    );
    const env = { F9_EMBEDDINGS: server.url, F9_EMBEDDINGS_MODEL: 'm' };
    // Of two batches the first is kept; at the second the command is killed.
    const killed = new Spawned(['embed', 'n'], place.path, { ...env, F9_CACHE: place.at('.cache') });
    server.faults.push(undefined, () => void killed.child.kill('SIGKILL'));
    expect((await killed.ended).code).toBe('SIGKILL');
    expect(server.texts).toHaveLength(64);
    expect((await place.ok(['embed', 'n'], { env })).stdout).toBe('36 passages embedded in n\n');
    expect(server.texts.toSorted()).toEqual(notes.toSorted());
  });

  test('is done by the end of a mirror, where the target names a model', async () => {
    await using server = await embeddingServer();
    await using place = await Workplace.create(FILES);
    const uri = `sqlite:./notes.db?embeddings=${encodeURIComponent(server.url)}&model=m`;
    await place.ok(['vaults', 'add', 'index', uri]);
    await place.ok(['mirror', 'n', 'index:']);
    expect(server.texts).toHaveLength(2);
    expect((await place.ok(['search', 'vehicle', 'index:', '-n', '1'])).stdout).toContain('index:car.md');
    expect((await place.ok(['embed', 'index:'])).stdout).toBe('0 passages embedded in index:\n');
    // A model that does not answer fails no mirror: words find it, and the doctor tells what waits.
    server.faults.push((response) => void response.writeHead(400).end());
    await place.write('n/sea.md', 'The vessel left.');
    const { stderr } = await place.ok(['mirror', 'n', 'index:']);
    expect(stderr).toContain('f9 embed index:');
    const { documents } = await place.ok(['doctor', 'index:', '--json']);
    expect(documents.find(({ check }) => check === 'index: is up to date')).toMatchObject({
      status: 'warning',
      found: '1 passage waits for a vector',
      advice: 'f9 embed index:',
    });
    expect((await place.ok(['embed', 'index:'])).stdout).toBe('1 passage embedded in index:\n');
  });

  test('says what is missing where there is no model', async () => {
    await using place = await Workplace.create(FILES);
    const { code, stderr } = await place.f9(['embed', 'n']);
    expect(code).toBe(EXIT.failed);
    expect(stderr).toContain('set F9_EMBEDDINGS=');
    // A vault that searches by itself, and would by meaning.
    await place.ok(['mirror', 'n', 'sqlite:./own.db']);
    expect((await place.f9(['embed', 'sqlite:./own.db'])).stderr).toContain('set F9_EMBEDDINGS=');
    const half = await place.f9(['embed', 'n'], { env: { F9_EMBEDDINGS: 'http://127.0.0.1:1/v1' } });
    expect(half.code).toBe(EXIT.usage);
  });
});
