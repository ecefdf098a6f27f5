import { startServer } from '@f9/openai-server';
import { describe, expect, test } from 'vitest';
import { EXIT } from '../src/index.ts';
import { uriOfGitAddress } from '../src/setup/git-address.ts';
import { Workplace } from './support/command.ts';
import { git } from './support/repository.ts';
import { API_KEY } from './support/store.ts';

/** A repository with notes in it, as somebody would clone it. */
async function repository(): Promise<Workplace> {
  const place = await Workplace.create({ 'work/tomatoes.md': 'Tomatoes need water each morning.\n' });
  git(place.path, 'init', '--quiet', '--bare', '--initial-branch=main', 'notes.git');
  git(place.at('work'), 'init', '--quiet', '--initial-branch=main');
  git(place.at('work'), 'add', '.');
  const who = ['-c', 'user.name=Me', '-c', 'user.email=me@example.com'];
  git(place.at('work'), ...who, 'commit', '--quiet', '-m', 'Notes');
  git(place.at('work'), 'push', '--quiet', place.at('notes.git'), 'main');
  return place;
}

describe('init', () => {
  test('asks for what it needs, makes the store, mirrors, and the store can be searched', async () => {
    await using server = await startServer({ unkind: false });
    await using place = await repository();
    const env = { OPENAI_API_KEY: API_KEY, OPENAI_BASE_URL: server.url };
    const { stdout, stderr } = await place.ok(['init'], {
      env,
      stdin: `git+file://${place.at('notes.git')}@main\n\nMy garden\n`,
    });
    expect(stderr).toContain('Where are your notes?');
    expect(stderr).toContain('index: is openai+vector://vs_');
    expect(stderr).toContain("f9 search 'when do tomatoes need water?' index:");
    expect(stdout).toMatch(/^1 copied/);
    const found = await place.ok(['search', 'when do tomatoes need water?', 'index:'], { env });
    expect(found.stdout).toContain('index:tomatoes.md');
    expect(await place.text('.config/config.json')).not.toContain(API_KEY);
  });

  test('asks nothing where the command line says all', async () => {
    await using place = await Workplace.create({ 'n/a.md': 'A' });
    const { stdout } = await place.ok(['init', 'n', 'copy', '--names', 'mine,theirs']);
    expect(stdout).toMatch(/^1 copied/);
    expect((await place.ok(['cat', 'theirs:a.md'])).stdout).toBe('A');
    expect((await place.f9(['init', 'n', 'copy', '--names', 'mine,theirs'])).code).toBe(EXIT.occupied);
  });

  test('changes nothing where nobody answers', async () => {
    await using place = await Workplace.create({ 'n/a.md': 'A' });
    const { code, stderr } = await place.f9(['init']);
    expect(code).toBe(EXIT.failed);
    expect(stderr).toContain('nobody answers');
    expect((await place.ok(['vaults'])).stdout).toBe('');
  });

  test('without a key no store is made', async () => {
    await using place = await Workplace.create({ 'n/a.md': 'A' });
    const { code, stderr } = await place.f9(['init', 'n', 'new', '--title', 'x']);
    expect(code).toBe(EXIT.denied);
    expect(stderr).toContain('set OPENAI_API_KEY');
  });

  test.each([
    ['https://host/me/notes.git', 'git+https://host/me/notes.git'],
    ['git@host:me/notes.git', 'git+ssh://git@host/me/notes.git'],
    ['ssh://git@host:22/me/notes', 'git+ssh://git@host:22/me/notes'],
    ['git+https://host/me/notes@main', 'git+https://host/me/notes@main'],
    ['./notes', './notes'],
    ['C:\\notes', 'C:\\notes'],
  ])('takes %s as people copy it', (address, uri) => {
    expect(uriOfGitAddress(address)).toBe(uri);
  });
});

describe('vaults add --create', () => {
  test('makes a vector store, a folder or a repository on this machine, and nothing else', async () => {
    await using server = await startServer({ unkind: false });
    await using place = await Workplace.create();
    const env = { OPENAI_API_KEY: API_KEY, OPENAI_BASE_URL: server.url };
    const store = await place.ok(['vaults', 'add', 'store', 'openai+vector:', '--create', 'My notes'], {
      env,
    });
    expect(store.stdout).toMatch(/^store: is openai\+vector:\/\/vs_\w+\n$/);
    await place.ok(['write', 'store:a.md', '--text', 'A'], { env });
    await place.ok(['vaults', 'add', 'box', 'a/new/folder', '--create']);
    await place.ok(['write', 'box:a.md', '--text', 'A']);
    const remote = `git+file://${place.at('r.git')}@main?path=${encodeURIComponent(place.at('clone'))}`;
    await place.ok(['vaults', 'add', 'shared', remote, '--create']);
    await place.ok(['write', 'shared:a.md', '--text', 'A']);
    await place.ok(['push', 'shared:']);
    const refused = await place.f9(['vaults', 'add', 'far', 'git+https://example.org/a/b@main', '--create']);
    expect(refused.code).toBe(EXIT.usage);
  });
});
