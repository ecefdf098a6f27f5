import { writeFile } from 'node:fs/promises';
import { backendError } from '@f9/core/driver';
import { describe, expect, test } from 'vitest';
import { EXIT, Stopped } from '../src/index.ts';
import { complaintOf } from '../src/terminal/errors.ts';
import { Workplace } from './support/command.ts';

describe('usage errors', () => {
  test.each([
    [['lss'], "f9: unknown command 'lss' (Did you mean ls?); see --help (USAGE)\n"],
    [['ls', '--lnog'], "f9: unknown option '--lnog' (Did you mean --long?); see --help (USAGE)\n"],
    [
      ['tree', 'a', 'b'],
      "f9: too many arguments for 'tree'. Expected 1 argument but got 2; see --help (USAGE)\n",
    ],
    [['cat'], "f9: missing required argument 'location'; see --help (USAGE)\n"],
  ])('%j', async (argv, stderr) => {
    await using place = await Workplace.create();
    expect(await place.f9(argv)).toMatchObject({ code: EXIT.usage, stdout: '', stderr });
  });

  test('without a verb the help is shown', async () => {
    await using place = await Workplace.create();
    const result = await place.f9([]);
    expect(result.code).toBe(EXIT.usage);
    expect(result.stderr).toContain('Usage: f9 <verb> [options]');
  });
});

describe('help', () => {
  test('of the command names every verb and the notation', async () => {
    await using place = await Workplace.create();
    const { stdout } = await place.ok(['--help']);
    for (const verb of [
      'ls',
      'tree',
      'cat',
      'write',
      'cp',
      'mv',
      'rm',
      'mkdir',
      'info',
      'glob',
      'checksum',
      'search',
    ]) {
      expect(stdout).toMatch(new RegExp(`^  ${verb} `, 'm'));
    }
    for (const verb of ['mirror', 'pull', 'push', 'sync', 'conflicts', 'vaults', 'doctor', 'completion']) {
      expect(stdout).toMatch(new RegExp(`^  ${verb} `, 'm'));
    }
    expect(stdout).toContain('URI#path/in/vault');
    expect(stdout).not.toMatch(/^ {2}complete /m);
  });

  test('of every verb has examples that name it', async () => {
    await using place = await Workplace.create();
    const verbs = [
      ...(await place.ok(['--help'])).stdout.split('Examples:')[0]!.matchAll(/^ {2}([a-z]+) .* {2}\S/gm),
    ].map(([, verb]) => verb!);
    expect(verbs.length).toBeGreaterThanOrEqual(20);
    for (const verb of verbs.filter((name) => name !== 'help' && name !== 'f9')) {
      const { stdout } = await place.ok([verb, '--help']);
      expect(stdout.split('Examples:')[1], verb).toContain(`f9 ${verb}`);
      expect(stdout, verb).toContain('--json');
    }
  });

  test('has colours where they are wanted', async () => {
    await using place = await Workplace.create();
    expect((await place.ok(['--help'])).stdout).not.toContain('\u001b');
    expect((await place.ok(['--help'], { terminal: true })).stdout).toContain('\u001b[1mUsage:');
  });
});

test('--version is that of the package', async () => {
  await using place = await Workplace.create();
  const { default: manifest } = await import('../package.json', { with: { type: 'json' } });
  expect((await place.ok(['--version'])).stdout).toBe(`${manifest.version}\n`);
});

describe('colours', () => {
  const colored = async (env: Record<string, string>, terminal: boolean): Promise<boolean> => {
    await using place = await Workplace.create({ 'd/e': '' });
    const { stdout } = await place.ok(['ls'], { env, terminal });
    return stdout.includes('\u001b[');
  };

  test('are for terminals, unless NO_COLOR, FORCE_COLOR or a dumb one say otherwise', async () => {
    expect(await colored({}, true)).toBe(true);
    expect(await colored({}, false)).toBe(false);
    expect(await colored({ NO_COLOR: '1' }, true)).toBe(false);
    expect(await colored({ NO_COLOR: '' }, true)).toBe(true);
    expect(await colored({ FORCE_COLOR: '1' }, false)).toBe(true);
    expect(await colored({ FORCE_COLOR: '0' }, true)).toBe(false);
    expect(await colored({ FORCE_COLOR: '1', NO_COLOR: '1' }, true)).toBe(false);
    expect(await colored({ TERM: 'dumb' }, true)).toBe(false);
  });
});

describe('--json', () => {
  test('tells errors as documents on standard error', async () => {
    await using place = await Workplace.create();
    const { code, stdout, stderr } = await place.f9(['cat', 'missing', '--json']);
    expect(code).toBe(EXIT.notFound);
    expect(stdout).toBe('');
    expect(JSON.parse(stderr)).toEqual({
      error: {
        code: 'NOT_FOUND',
        message: 'There is nothing at "missing"',
        path: 'missing',
        operation: 'read',
        retryable: false,
        stored: false,
      },
      verb: 'cat',
      location: 'missing',
      exitCode: EXIT.notFound,
    });
  });

  test('also those of the command line itself', async () => {
    await using place = await Workplace.create();
    const { code, stderr } = await place.f9(['--json', 'cat']);
    expect(code).toBe(EXIT.usage);
    expect(JSON.parse(stderr)).toMatchObject({ error: { code: 'USAGE' }, exitCode: EXIT.usage });
  });
});

describe('a secret is never shown', () => {
  const SECRET = 'hunter2';
  // Where people put secrets, rightly and wrongly.
  const LOCATIONS = [
    `git+https://me:${SECRET}@example.org/o/r@main`,
    `git+https://me:${SECRET}/x@example.org/o/r`,
    `git+https://example.org/o/r?password=${SECRET}&nonsense=1`,
    `git+https:/me:${SECRET}@example.org/o/r`,
    `me:${SECRET}@example.org`,
    `openai+vector://vs_1?api_key=${SECRET}&cache_ttl=no`,
    `openai+vector://vs_1?api_key=a#${SECRET}`.replace(`#${SECRET}`, `${SECRET}&x`),
    `nothing://u:${SECRET}@h/p?token=${SECRET}`,
  ];

  test.each(LOCATIONS)('in what goes wrong with %s', async (location) => {
    await using place = await Workplace.create({ a: '' });
    const lines = [
      ['ls', location],
      ['cp', 'a', location],
      ['mirror', location, 'b'],
      ['tree', 'a', location],
      [location],
      ['ls', `--${location}`],
      ['ls', `--key=${location}`],
      ['vaults', 'add', 'x', location, 'more'],
    ];
    for (const argv of lines) {
      for (const json of [[], ['--json']]) {
        const result = await place.f9([...argv, ...json]);
        expect(result.code, argv.join(' ')).not.toBe(EXIT.ok);
        expect(result.stdout + result.stderr, argv.join(' ')).not.toContain(SECRET);
      }
    }
  });
});

test('a config file that is no such thing is told, without what it holds', async () => {
  await using place = await Workplace.create({
    '.config/config.json': '{ "vaults": { "xx": "git+https://me:hunter2@h/r" }',
  });
  for (const [text, why] of [
    [undefined, 'is not JSON'],
    ['[]', 'must hold an object'],
    ['{ "vault": {} }', 'has "vault", which means nothing'],
    ['{ "vaults": { "xx": 1 } }', 'must have URIs by name'],
    ['{ "plugins": "x" }', 'must have a list of package names'],
  ] as const) {
    if (text !== undefined) await writeFile(place.configPath, text);
    const result = await place.f9(['ls', 'xx:']);
    expect(result.code).toBe(EXIT.usage);
    expect(result.stderr).toContain(why);
    expect(result.stderr).not.toContain('hunter2');
  }
});

test('a run that is stopped says so, with the code of what stopped it', async () => {
  await using place = await Workplace.create({ a: '' });
  const signal = AbortSignal.abort(new Stopped('stopped', EXIT.terminated));
  expect(await place.f9(['ls'], { signal })).toMatchObject({
    code: EXIT.terminated,
    stdout: '',
    stderr: 'f9 ls: stopped (STOPPED)\n',
  });
});

test('an error that nobody foresaw names its cause, and nothing that the cause says', async () => {
  const cause = Object.assign(new TypeError('hunter2'), { code: 'EWEIRD', syscall: 'open' });
  const error = backendError('UNKNOWN', 'The read of "a" failed in an unexpected way; see the cause', {
    cause,
  });
  expect(complaintOf(error)).toMatchObject({
    message: 'The read of "a" failed in an unexpected way; the cause is TypeError EWEIRD open',
    exitCode: EXIT.failed,
  });
  expect(complaintOf(new TypeError('of our own'))).toMatchObject({
    code: 'UNEXPECTED',
    message: 'of our own',
  });
});
