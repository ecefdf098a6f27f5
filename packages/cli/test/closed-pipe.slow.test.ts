// Whoever stops to read ends every verb with 141, in silence.
import { describe, expect, test } from 'vitest';
import { isLong, sample } from '../../../scripts/test/daily.ts';
import { embeddingServer } from '../../search/test/embedding-server.ts';
import { EXIT } from '../src/index.ts';
import { Workplace } from './support/command.ts';
import { twoClonesWithConflict } from './support/repository.ts';
import { Spawned } from './support/spawned.ts';

/** A run of every verb that prints something; in a folder `n`, and vaults `ours` and `theirs`. */
const RUNS: readonly (readonly string[])[] = [
  ['ls', '-l', 'n'],
  ['tree', 'n'],
  ['cat', 'n/a.md'],
  ['write', 'n/w.md', '--text', 'W', '--json'],
  ['edit', 'n/a.md'],
  ['cp', 'n/a.md', 'n/c.md', '--json'],
  ['mv', 'n/a.md', 'n/c.md', '--json'],
  ['rm', 'n/a.md', '--json'],
  ['mkdir', 'n/d', '--json'],
  ['info', 'n/a.md'],
  ['glob', '**', 'n'],
  ['grep', 'A', 'n'],
  ['checksum', 'n/a.md'],
  ['search', 'apples', 'n'],
  ['embed', 'n'],
  ['mirror', '-n', 'n', 'copy'],
  ['mirror', 'n', 'copy'],
  ['check', 'n', 'm'],
  ['log', 'ours:a.md'],
  ['restore', 'theirs:a.md', '--version', 'HEAD', '--json'],
  ['pull', 'theirs:'],
  ['push', 'theirs:'],
  ['sync', 'theirs:'],
  ['conflicts', 'ours:'],
  ['init', 'n', 'copy'],
  ['vaults', 'list', '--json'],
  ['vaults', 'list'],
  ['vaults', 'add', 'more', 'n'],
  ['vaults', 'show', 'own'],
  ['vaults', 'remove', 'own'],
  ['doctor'],
  ['doctor', 'ours:'],
  ['completion', 'bash'],
  ['complete', '--', ''],
  ['help'],
  ['help', 'mirror'],
  ['--version'],
];

async function placeFor(argv: readonly string[]): Promise<Workplace> {
  const usesGit = argv.some((word) => /^(?:ours|theirs)/.test(word));
  const config = JSON.stringify({ vaults: { own: 'file://../n' } });
  const made = usesGit
    ? await twoClonesWithConflict()
    : await Workplace.create({ '.config/config.json': config });
  for (const path of ['n/a.md', 'm/b.md']) await made.write(path, 'Apples');
  return made;
}

/** The same run, with a version that there is. */
async function withVersion(made: Workplace, argv: readonly string[]): Promise<string[]> {
  if (!argv.includes('HEAD')) return [...argv];
  const [{ version } = {}] = (await made.ok(['log', 'theirs:a.md', '--json'])).documents;
  return argv.map((word) => (word === 'HEAD' ? String(version) : word));
}

describe('a closed pipe ends with 141, in silence', () => {
  test('every verb, in this process', async () => {
    await using server = await embeddingServer();
    const env = { EDITOR: 'true', F9_EMBEDDINGS: server.url, F9_EMBEDDINGS_MODEL: 'm' };
    for (const argv of isLong ? RUNS : sample(RUNS, 12)) {
      await using made = await placeFor(argv);
      const { code, stderr } = await made.f9(await withVersion(made, argv), { env, closed: true });
      expect(code, `${argv.join(' ')}: ${stderr}`).toBe(EXIT.brokenPipe);
      // init tells whoever asks it what it did, as it goes.
      if (argv[0] !== 'init') expect(stderr, argv.join(' ')).toBe('');
    }
  });

  test('no verb is left out but the one whose output is a protocol', async () => {
    await using made = await Workplace.create();
    const verbs = (await made.ok(['complete', '--', ''])).stdout.trim().split('\n');
    expect(verbs.filter((verb) => !RUNS.some(([first]) => first === verb))).toEqual(['mcp']);
  });

  const PROCESSES = RUNS.filter(([verb]) => !['embed', 'restore', 'init'].includes(verb!));
  test.concurrent.each(isLong ? PROCESSES : sample(PROCESSES, 3))(
    'as a process: %s %s %s',
    async (...words) => {
      const argv = words.filter((word) => word !== undefined);
      await using made = await placeFor(argv);
      const env = { F9_CONFIG: made.configPath, F9_CACHE: made.at('.cache'), EDITOR: 'true' };
      const { child, ended } = new Spawned(argv, made.path, env);
      child.stdout.destroy();
      child.stdin.end();
      expect(await ended).toMatchObject({ code: EXIT.brokenPipe, stderr: '' });
    },
  );
});
