import { lstat, mkdir, stat, symlink } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import { describe, expect, test } from 'vitest';
import { EXIT } from '../src/index.ts';
import { Workplace } from './support/command.ts';

const REPOSITORY = 'git+https://example.org/me/notes@main';

describe('vaults', () => {
  test('are added, listed, shown and removed', async () => {
    await using place = await Workplace.create();
    expect((await place.ok(['vaults'])).stdout).toBe('');
    expect((await place.ok(['vaults', 'add', '--no-check', 'notes', REPOSITORY])).stdout).toBe(
      `notes: is ${REPOSITORY}\n`,
    );
    await place.ok(['vaults', 'add', 'pics', 'pictures', '--create']);
    const pictures = pathToFileURL(place.at('pictures')).href;
    expect((await place.ok(['vaults'])).stdout).toBe(`notes  ${REPOSITORY}\npics   ${pictures}\n`);
    expect((await place.ok(['vaults', 'list', '--json'])).documents).toEqual([
      { name: 'notes', uri: REPOSITORY },
      { name: 'pics', uri: pictures },
    ]);
    await place.ok(['vaults', 'remove', 'notes']);
    expect((await place.ok(['vaults'])).stdout).toBe(`pics  ${pictures}\n`);
  });

  test('show tells what a backend can do', async () => {
    await using place = await Workplace.create();
    await place.ok(['vaults', 'add', 'pics', 'pictures', '--create']);
    const { stdout } = await place.ok(['vaults', 'show', 'pics']);
    expect(stdout).toMatch(/^pics\n {2}uri: +file:.*\n {2}backend: +local\n/);
    expect(stdout).toMatch(/ {2}search: +false\n/);
    expect((await place.ok(['vaults', 'show', 'pics', '--json'])).documents).toEqual([
      expect.objectContaining({
        name: 'pics',
        backend: 'local',
        capabilities: expect.objectContaining({ search: false }),
      }),
    ]);
  });

  test('are the same folder wherever f9 runs', async () => {
    await using place = await Workplace.create({ 'd/v/a.md': 'A', 'e/x': '' });
    await place.ok(['vaults', 'add', 'one', 'v'], { cwd: 'd' });
    await place.ok(['vaults', 'add', 'two', 'file://v'], { cwd: 'd' });
    expect((await place.ok(['cat', 'one:a.md', 'two:a.md'], { cwd: 'e' })).stdout).toBe('AA');
  });

  test('keep what a relative URI says beside its path', async () => {
    await using place = await Workplace.create({ 'd@2/x': '' });
    const add = async (uri: string): Promise<string> => {
      await place.ok(['vaults', 'add', '-f', '--no-check', 'here', uri], { cwd: 'd@2' });
      return (await place.ok(['vaults'])).stdout.trim();
    };
    const here = pathToFileURL(place.at('')).pathname;
    expect(await add('file://v?durability=none')).toBe(`here  file://${here}/d%402/v?durability=none`);
    expect(await add('git+file://r.git@main?depth=1')).toBe(
      `here  git+file://${here}/d%402/r.git@main?depth=1`,
    );
  });

  test('a relative URI written into the config file starts at that file', async () => {
    await using place = await Workplace.create({
      '.config/config.json': '{ "vaults": { "here": "file://v" } }',
    });
    await place.write('.config/v/a.md', 'A');
    expect((await place.ok(['cat', 'here:a.md'])).stdout).toBe('A');
  });

  test('have names of their own', async () => {
    await using place = await Workplace.create();
    await place.ok(['vaults', 'add', 'notes', 'one', '--create']);
    const taken = await place.f9(['vaults', 'add', 'notes', 'two', '--create']);
    expect(taken.code).toBe(EXIT.occupied);
    expect(taken.stderr).toContain('--force');
    await place.ok(['vaults', 'add', '-f', 'notes', 'two', '--create']);
    expect((await place.ok(['vaults'])).stdout).toContain('/two\n');
    for (const name of ['x', 'a/b', 'a b', 'a:b', '-a', 'ü'.repeat(65)]) {
      expect((await place.f9(['vaults', 'add', '--', name, 'one'])).code, name).toBe(EXIT.usage);
    }
  });

  test('that are no whole vault, or none at all, are not added', async () => {
    await using place = await Workplace.create();
    await place.ok(['vaults', 'add', 'notes', 'one', '--create']);
    for (const target of ['file:///a#b', 'notes:', 'nothing://x', 'file:///a?nonsense=1']) {
      expect((await place.f9(['vaults', 'add', 'other', target])).code, target).toBe(EXIT.usage);
    }
    expect((await place.ok(['vaults', '--json'])).documents).toHaveLength(1);
  });

  test('are git repositories by the addresses that people copy, also bare ones on this machine', async () => {
    await using place = await Workplace.create({ 'b.git/HEAD': 'ref: refs/heads/main\n' });
    await mkdir(place.at('b.git/objects'));
    await mkdir(place.at('b.git/refs'));
    for (const [address, uri] of [
      ['https://host/me/notes.git', 'git+https://host/me/notes.git'],
      ['git@host:me/notes.git', 'git+ssh://git@host/me/notes.git'],
      ['ssh://git@host:22/me/notes', 'git+ssh://git@host:22/me/notes'],
      ['./b.git', `git+${pathToFileURL(place.at('b.git')).href}`],
    ] as const) {
      const { stdout } = await place.ok(['vaults', 'add', '-f', '--no-check', 'notes', address]);
      expect(stdout).toBe(`notes: is ${uri}\n`);
    }
    const insecure = await place.f9(['vaults', 'add', 'more', 'git://host/me/notes.git']);
    expect(insecure.code).toBe(EXIT.usage);
    expect(insecure.stderr).toContain('?allow_insecure=true');
    const allowed = ['vaults', 'add', 'more', 'git://127.0.0.1:1/n.git?allow_insecure=true'];
    expect((await place.f9(allowed)).code).toBe(EXIT.tryAgain);
    await place.ok([...allowed, '--no-check']);
  });

  test('that are no folder, or cannot be reached, are not added unless that is meant', async () => {
    await using place = await Workplace.create({ 'n/a.md': 'A' });
    const missing = await place.f9(['vaults', 'add', 'box', 'typo']);
    expect(missing.code).toBe(EXIT.notFound);
    expect(missing.stderr).toContain('--create');
    const away = await place.f9(['vaults', 'add', 'box', 'git+https://127.0.0.1:1/o/r@main']);
    expect(away.code).toBe(EXIT.tryAgain);
    expect(away.stderr).toContain('--no-check');
    expect((await place.ok(['vaults'])).stdout).toBe('');
    await place.ok(['vaults', 'add', 'box', 'typo', '--no-check']);
    for (const argv of [
      ['ls', 'box:'],
      ['mirror', 'box:', 'copy'],
      ['check', 'n', 'box:'],
      ['doctor', 'box:'],
    ]) {
      expect((await place.f9(argv)).code, argv.join(' ')).toBe(EXIT.notFound);
    }
    await place.ok(['mirror', 'n', 'box:']);
    expect((await place.ok(['ls', 'box:'])).stdout).toBe('a.md\n');
  });

  test('that nobody knows are not found, and those that are known are named', async () => {
    await using place = await Workplace.create();
    await place.ok(['vaults', 'add', 'notes', 'one', '--create']);
    for (const argv of [
      ['ls', 'nots:'],
      ['vaults', 'show', 'nots'],
      ['vaults', 'remove', 'nots'],
      ['ls', 'toString:'],
    ]) {
      const { code, stderr } = await place.f9(argv);
      expect(code, argv.join(' ')).toBe(EXIT.notFound);
      expect(stderr).toContain('there are notes');
    }
  });
});

describe('a secret in the URI of a vault', () => {
  const KEY = 'sk-never-shown';
  const URI = `openai+vector://vs_1?api_key=${KEY}&cache_ttl=5`;

  test('is kept, in a file that nobody else can read, and never shown', async () => {
    await using place = await Workplace.create();
    const added = await place.ok(['vaults', 'add', '--no-check', 'store', URI]);
    expect(added.stderr).toContain('holds a secret');
    const outputs = [
      added,
      await place.ok(['vaults']),
      await place.ok(['vaults', '--json']),
      await place.ok(['vaults', 'show', 'store']),
    ];
    for (const { stdout, stderr } of outputs) {
      expect(stdout).toContain('openai+vector://vs_1?cache_ttl=5');
      expect(stdout + stderr).not.toContain(KEY);
    }
    expect(JSON.parse(await place.text('.config/config.json'))).toEqual({
      vaults: { store: URI },
      plugins: [],
    });
    if (process.platform !== 'win32') expect((await stat(place.configPath)).mode & 0o777).toBe(0o600);
  });

  test('is told of a password, and not where there is none', async () => {
    await using place = await Workplace.create();
    const add = async (uri: string): Promise<string> =>
      (await place.ok(['vaults', 'add', '-f', '--no-check', 'xx', uri])).stderr;
    expect(await add('git+https://me:pass@example.org/o/r')).toContain('holds a secret');
    expect(await add('git+https://ghp_token@example.org/o/r@main')).toContain('holds a secret');
    expect(await add('git+https://example.org/o/r@main')).toBe('');
    expect(await add('git+ssh://git@example.org:22/o/r@main')).toBe('');
    expect(await add('openai+vector://vs_1?cache_ttl=5')).toBe('');
  });
});

describe('the config file', () => {
  test('is named by --config, or by F9_CONFIG', async () => {
    await using place = await Workplace.create({ 'v/a': 'A' });
    await place.ok(['vaults', 'add', 'other', 'v', '--config', place.at('other.json')]);
    expect((await place.f9(['cat', 'other:a'])).code).toBe(EXIT.notFound);
    expect((await place.ok(['cat', 'other:a', '--config', place.at('other.json')])).stdout).toBe('A');
    expect((await place.ok(['cat', 'other:a'], { env: { F9_CONFIG: place.at('other.json') } })).stdout).toBe(
      'A',
    );
  });

  test('names plugins, as --plugin does', async () => {
    await using place = await Workplace.create();
    const unknown = await place.f9(['ls', 'memo://x', '--plugin', 'f9-backend-nobody-wrote']);
    expect(unknown.stderr).toContain('npm install f9-backend-nobody-wrote');
    await place.write('.config/config.json', '{ "plugins": ["f9-backend-nobody-wrote"] }');
    expect((await place.f9(['ls', 'memo://x'])).stderr).toContain('npm install f9-backend-nobody-wrote');
    expect((await place.f9(['ls', '.', '--plugin', '../evil.js'])).code).toBe(EXIT.usage);
  });

  test('that is a link to another place stays one', async () => {
    await using place = await Workplace.create({ 'dotfiles/f9.json': '{}', '.config/x': '' });
    await symlink(place.at('dotfiles/f9.json'), place.configPath);
    await place.ok(['vaults', 'add', 'notes', 'n', '--create']);
    expect(JSON.parse(await place.text('dotfiles/f9.json'))).toMatchObject({
      vaults: { notes: expect.any(String) },
    });
    expect((await lstat(place.configPath)).isSymbolicLink()).toBe(true);
  });

  test('keeps its plugins when a vault is added', async () => {
    await using place = await Workplace.create({
      '.config/config.json': '{ "plugins": ["f9-backend-acme"] }',
    });
    await place.ok(['vaults', 'add', 'notes', 'n', '--create']);
    expect(JSON.parse(await place.text('.config/config.json'))).toMatchObject({
      plugins: ['f9-backend-acme'],
    });
  });

  test('that cannot be read is told', async () => {
    await using place = await Workplace.create({ '.config/config.json/x': '' });
    const result = await place.f9(['vaults']);
    expect(result.code).toBe(EXIT.usage);
    expect(result.stderr).toContain('cannot be read (EISDIR)');
  });
});
