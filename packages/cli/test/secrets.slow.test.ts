// A secret goes by its position: whatever stands where one may stand is printed by no verb, in no form.
import { stat } from 'node:fs/promises';
import { type OpenAIServer, startServer } from '@f9/openai-server';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isLong } from '../../../scripts/test/daily.ts';
import { EXIT } from '../src/index.ts';
import { Workplace } from './support/command.ts';

const TOKEN = 'ghp_16C7e42F292c6912E7';
/** The same, as a URI may spell it. */
const ENCODED = [...TOKEN]
  .map((letter, i) => (i % 2 === 0 ? `%${letter.charCodeAt(0).toString(16)}` : letter))
  .join('');
/** What of it no output may hold: a piece is too much, too. */
const PIECE = '16C7e42F292c';

/** Where people put secrets, rightly and wrongly; `AWAY` is a host that does not answer, `BASE` a server that knows no store. */
const POSITIONS: Readonly<Record<string, string>> = {
  'a token as user name': 'git+https://TOKEN@AWAY/o/r@main',
  'a token as user name of http': 'git+http://TOKEN@AWAY/o/r@main?allow_insecure=true',
  'a token as user name beside another word': 'git+https://TOKEN:x-oauth-basic@AWAY/o/r@main',
  'a token as user name and nothing as password': 'git+https://TOKEN:@AWAY/o/r@main',
  'a password': 'git+https://me:TOKEN@AWAY/o/r@main',
  'a password with a slash': 'git+https://me:TOKEN/x@AWAY/o/r',
  'a password in capitals of the scheme': 'GIT+HTTPS://me:TOKEN@AWAY/o/r',
  'a password of an unknown scheme': 'nothing://me:TOKEN@AWAY/p',
  'a password of another scheme': 'https://me:TOKEN@AWAY/o/r',
  'a password with one slash too few': 'git+https:/me:TOKEN@AWAY/o/r',
  'a password as scp writes it': 'me:TOKEN@AWAY:o/r',
  'a parameter for it': 'git+https://AWAY/o/r@main?password=TOKEN',
  'a parameter for it before an unknown one': 'git+https://AWAY/o/r?password=TOKEN&nonsense=1',
  'a parameter cut by its own character': 'git+https://AWAY/o/r?password=a&TOKEN',
  'a parameter cut by its own character, with a value': 'git+https://AWAY/o/r?password=a&TOKEN=b',
  'an unknown parameter': 'git+https://AWAY/o/r?token=TOKEN',
  'a key': 'openai+vector://vs_1?api_key=TOKEN&base_url=BASE',
  'a key beside a bad value': 'openai+vector://vs_1?api_key=TOKEN&cache_ttl=no',
  'a key of the embeddings': 'sqlite:./x.db?embeddings_key=TOKEN&nonsense=1',
  'a key in capitals': 'openai+vector://vs_1?API_KEY=TOKEN&base_url=BASE',
};

/** Every verb that takes a location, in the ways that say most. */
const VERBS: readonly (readonly string[])[] = [
  ['ls', 'URI'],
  ['ls', '-l', '-r', 'URI'],
  ['tree', 'URI'],
  ['cat', 'URI#a.md'],
  ['write', 'URI#a.md', '--text', 'A'],
  ['edit', 'URI#a.md'],
  ['cp', 'a', 'URI#b'],
  ['cp', '-r', 'URI', 'b'],
  ['mv', 'URI#a', 'URI#b'],
  ['rm', 'URI#a'],
  ['mkdir', 'URI#d'],
  ['info', 'URI#a'],
  ['glob', '**', 'URI'],
  ['grep', 'x', 'URI'],
  ['checksum', 'URI#a'],
  ['search', 'x', 'URI'],
  ['mirror', 'URI', 'b'],
  ['mirror', 'a', 'URI', '-n'],
  ['mirror', 'd', 'b', '--backup-dir', 'URI'],
  ['check', 'URI', 'b'],
  ['log', 'URI#a'],
  ['restore', 'URI#a', '--version', '1'],
  ['pull', 'URI'],
  ['push', 'URI'],
  ['sync', 'URI', 'b'],
  ['conflicts', 'URI'],
  ['init', 'URI', 'b', '--force'],
  ['vaults', 'add', '-f', 'xx', 'URI'],
  ['vaults', 'add', '-f', 'xx', 'URI', '--create'],
  ['vaults', 'URI'],
  ['doctor', 'URI'],
  ['complete', '--', 'ls', 'URI'],
  ['complete', '--', 'ls', 'URI', ''],
  // Where nobody expects one.
  ['URI'],
  ['help', 'URI'],
  ['ls', '--URI'],
  ['ls', '--plugin', 'URI'],
  ['ls', '--config', 'URI'],
  ['tree', 'a', 'URI'],
  ['mirror', 'a', 'b', '--max-delete', 'URI'],
  ['mirror', 'a', 'b', '--interval', 'URI'],
  ['mirror', 'a', 'b', '--bwlimit', 'URI'],
  ['mirror', 'a', 'b', '--compare', 'URI'],
  ['mirror', 'a', 'b', '--newer-than', 'URI'],
  ['completion', 'URI'],
  ['vaults', 'show', 'URI'],
  ['vaults', 'remove', 'URI'],
];

const seed = Number(process.env.F9_SEED ?? Date.now() % 2 ** 31);

/** All in the long form, else some, others each time. */
function sampled<T>(all: readonly T[], count: number, salt: number): readonly T[] {
  if (isLong) return all;
  const step = 7;
  return Array.from({ length: count }, (_, i) => all[(seed + salt * 13 + i * step) % all.length]!);
}

describe(`a secret is printed by nothing (F9_SEED=${seed})`, { timeout: isLong ? 600_000 : 60_000 }, () => {
  let server: OpenAIServer;
  beforeAll(async () => {
    server = await startServer({ unkind: false });
  });
  afterAll(() => server[Symbol.asyncDispose]());

  test.each(Object.entries(POSITIONS).map(([where, uri], i) => [where, uri, i] as const))(
    '%s: %s',
    async (_, template, i) => {
      for (const secret of sampled([TOKEN, ENCODED], 1, i)) {
        const uri = template
          .replace('TOKEN', secret)
          .replace('AWAY', '127.0.0.1:1')
          .replace('BASE', encodeURIComponent(server.url));
        for (const argv of sampled(VERBS, 2, i)) {
          for (const json of sampled([[], ['--json']], 1, i + argv.length)) {
            await using place = await Workplace.create({ a: 'A', 'd/a': 'A' });
            const words = argv.map((word) => word.replace('URI', uri));
            const { stdout, stderr } = await place.f9([...words, ...json], { env: { EDITOR: 'true' } });
            const printed = decoded(stdout + stderr);
            expect(printed, words.join(' ')).not.toContain(PIECE);
            expect(printed, words.join(' ')).not.toContain(encodedPiece());
          }
        }
      }
    },
  );

  test.each(sampled(Object.entries(POSITIONS), 4, 1))('%s, kept under a name: %s', async (_, template) => {
    const uri = template
      .replace('TOKEN', TOKEN)
      .replace('AWAY', '127.0.0.1:1')
      .replace('BASE', encodeURIComponent(server.url));
    await using place = await Workplace.create({ '.config/x': '' });
    // Also by an editor, where f9 had no say.
    await place.write('.config/config.json', JSON.stringify({ vaults: { notes: uri } }));
    for (const argv of [
      ['vaults'],
      ['vaults', '--json'],
      ['vaults', 'show', 'notes'],
      ['doctor'],
      ['doctor', 'notes:', '--json'],
      ['ls', 'notes:'],
      ['mirror', 'notes:', 'b', '--json'],
      ['complete', '--', 'ls', 'no'],
      ['complete', '--', 'ls', 'notes:'],
    ]) {
      const { stdout, stderr } = await place.f9(argv);
      expect(decoded(stdout + stderr), argv.join(' ')).not.toContain(PIECE);
    }
  });

  test('one in the environment is printed by nothing either', async () => {
    await using place = await Workplace.create();
    const env = {
      F9_GIT_PASSWORD: TOKEN,
      OPENAI_API_KEY: TOKEN,
      F9_EMBEDDINGS_KEY: TOKEN,
      OPENAI_BASE_URL: server.url,
    };
    for (const argv of [
      ['doctor'],
      ['ls', 'git+https://127.0.0.1:1/o/r'],
      ['ls', 'openai+vector://vs_1'],
      ['ls', 'sqlite:./x.db'],
    ]) {
      for (const json of [[], ['--json']]) {
        const { stdout, stderr } = await place.f9([...argv, ...json], { env });
        expect(stdout + stderr, argv.join(' ')).not.toContain(PIECE);
      }
    }
  });

  test.skipIf(process.platform === 'win32')(
    "the config file is its owner's alone, also one that others could read (needs POSIX)",
    async () => {
      await using place = await Workplace.create({ '.config/config.json': '{}' });
      for (const argv of [
        ['vaults', 'add', '--no-check', 'notes', `git+https://${TOKEN}@127.0.0.1:1/o/r`],
        ['vaults', 'add', 'other', 'n', '--create'],
        ['vaults', 'remove', 'other'],
      ]) {
        expect((await place.f9(argv)).code, argv.join(' ')).toBe(EXIT.ok);
        expect((await stat(place.configPath)).mode & 0o077, argv.join(' ')).toBe(0);
      }
    },
  );
});

/** What a reader sees who undoes percent-encoding. */
function decoded(text: string): string {
  return text.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

function encodedPiece(): string {
  return ENCODED.slice(ENCODED.length / 2);
}
