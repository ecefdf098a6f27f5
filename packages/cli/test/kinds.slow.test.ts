// Faults that people met, each as a kind and as a process where it is one of processes.
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { startServer } from '@f9/openai-server';
import { describe, expect, test } from 'vitest';
import { isLong, sample } from '../../../scripts/test/daily.ts';
import { EXIT } from '../src/index.ts';
import { Workplace } from './support/command.ts';
import { twoClonesInConflict, twoClonesWithConflict } from './support/repository.ts';

describe('what a person wrote is never destroyed', () => {
  test('an edit that left a marker is kept, and settles the conflict once it is mended', async () => {
    await using place = await twoClonesWithConflict();
    // It writes, and forgets the last marker.
    const editor = `sh -c 'printf "one\\nmine\\n>>>>>>> remote\\n" > "$1"' --`;
    const { code, stderr } = await place.f9(['conflicts', 'ours:a.md', '--edit'], {
      env: { EDITOR: editor },
    });
    expect(code).toBe(EXIT.failed);
    const kept = /is kept in (\S+)\. /.exec(stderr)![1]!;
    expect(await readFile(kept, 'utf8')).toBe('one\nmine\n>>>>>>> remote\n');
    expect(stderr).toContain(`f9 conflicts ours:a.md --stdin < ${kept}`);
    await place.ok(['conflicts', 'ours:a.md', '--stdin'], { stdin: 'one\nmine\n' });
  });

  test('so is what an editor saved before it failed', async () => {
    await using place = await twoClonesWithConflict();
    const editor = `sh -c 'echo half > "$1"; exit 7' --`;
    const { stderr } = await place.f9(['conflicts', 'ours:a.md', '--edit'], { env: { EDITOR: editor } });
    const kept = /is kept in (\S+) /.exec(stderr)![1]!;
    expect(await readFile(kept, 'utf8')).toBe('half\n');
  });
});

describe('completion tells the truth', () => {
  test('paths inside a vault complete its name, never those of the working directory', async () => {
    await using place = await Workplace.create({ 'n/garden/apples.md': '', 'n/gate.md': '', 'game.md': '' });
    await place.ok(['vaults', 'add', 'notes', 'n']);
    const complete = async (word: string): Promise<string> =>
      (await place.ok(['complete', '--', 'cat', word])).stdout;
    expect(await complete('notes:ga')).toBe('notes:garden/\nnotes:gate.md\n');
    expect(await complete('notes:garden/')).toBe('notes:garden/apples.md\n');
    expect(await complete('notes:nothing/')).toBe('');
    expect(await complete('other:ga')).toBe('');
    expect(await complete('ga')).toBe('<file>\n');
  });
});

describe('what is mistyped is said', () => {
  test.each([
    [['help', 'mirorr'], "unknown command 'mirorr' (Did you mean mirror?)"],
    [['vaults', 'create', 'x'], 'there is no "vaults create"; there are list, add, remove, show'],
    [['ls', '--config', 'nowhere.json'], 'there is no config file'],
  ])('%j', async (argv, said) => {
    await using place = await Workplace.create();
    const { code, stderr } = await place.f9(argv);
    expect(code).toBe(EXIT.usage);
    expect(stderr).toContain(said);
  });

  test('help of a verb is what its --help says', async () => {
    await using place = await Workplace.create();
    expect((await place.ok(['help', 'mirror'])).stdout).toBe((await place.ok(['mirror', '--help'])).stdout);
  });

  test('a vault that cannot be opened is not added', async () => {
    await using place = await Workplace.create({ file: '' });
    for (const uri of ['file', 'git+file:///nowhere/at/all.git@main', 'openai+vector://vs_1']) {
      const { code, stderr } = await place.f9(['vaults', 'add', 'notes', uri]);
      expect(code, uri).not.toBe(EXIT.ok);
      expect(stderr, uri).toContain('--no-check');
    }
    expect((await place.ok(['vaults'])).stdout).toBe('');
  });

  test('sync of a vault and a place without a remote publishes nothing, and asks for mirror', async () => {
    await using place = await twoClonesInConflict();
    const before = await place.ok(['conflicts', 'ours:']);
    const { code, stderr } = await place.f9(['sync', 'ours:', './copy']);
    expect(code).toBe(EXIT.usage);
    expect(stderr).toContain('did you mean f9 mirror ours: ./copy?');
    expect(await place.ok(['conflicts', 'ours:'])).toEqual(before);
  });
});

test('a missing store or repository is not there: exit code 4', async () => {
  await using server = await startServer({ unkind: false });
  await using place = await Workplace.create();
  const store = `openai+vector://vs_1?api_key=sk-1&base_url=${encodeURIComponent(server.url)}`;
  expect((await place.f9(['ls', store])).code).toBe(EXIT.notFound);
  const repository = `git+file:///nowhere/at/all.git@main?path=${place.at('y')}`;
  expect((await place.f9(['ls', repository])).code).toBe(EXIT.notFound);
});

test('whoever waits for a vault that is away is told after two seconds what for', async () => {
  const { createServer } = await import('node:net');
  // Takes connections and never answers.
  const server = createServer(() => undefined).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  await using place = await Workplace.create({ 'n/a.md': 'A' });
  const runs = [
    ['vaults', 'add', 'notes'],
    ['ls'],
    ['pull'],
    ['sync'],
    ['doctor'],
    ['grep', 'x'],
    ['mirror', 'n'],
    ['check', 'n'],
  ];
  const waits = (isLong ? runs : sample(runs, 3)).map(async (argv, i) => {
    const uri = `git+http://127.0.0.1:${port}/r@main?allow_insecure=true&timeout=3&path=${place.at(`clone-${i}`)}`;
    const { stderr } = await place.f9([...argv, uri]);
    expect(stderr, argv.join(' ')).toMatch(/^Still \w+(?: \w+)* git\+http:.* …\n/);
  });
  await Promise.all(waits);
  // A source that was never pulled is asked once, and is said to be asked once: there is nothing else to mirror.
  const never = `git+http://127.0.0.1:${port}/r@main?allow_insecure=true&timeout=3&path=${place.at('never')}`;
  const { code, stderr } = await place.f9(['mirror', never, 'copy']);
  expect(code).toBe(EXIT.tryAgain);
  expect(stderr.match(/^Still asking the remote of git\+http:.* …$/gm)).toHaveLength(1);
  server.close();
});
