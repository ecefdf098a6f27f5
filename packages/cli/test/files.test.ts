import { symlink } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { EXIT } from '../src/index.ts';
import { Workplace } from './support/command.ts';

/** Every byte there is, and nothing that is UTF-8. */
const BINARY = Uint8Array.from({ length: 200_000 }, (_, i) => (i * 7) % 256);

describe('ls', () => {
  test('lists a directory, by bytes, directories with a slash', async () => {
    await using place = await Workplace.create({ 'a/b.md': 'b', 'a/B.md': 'B', 'a/c/d.md': 'd' });
    expect((await place.ok(['ls', 'a'])).stdout).toBe('B.md\nb.md\nc/\n');
    expect((await place.ok(['ls'])).stdout).toBe('a/\n');
    expect((await place.ok(['ls', '-r', 'a'])).stdout).toBe('B.md\nb.md\nc/\nc/d.md\n');
    expect((await place.ok(['ls', 'a/b.md'])).stdout).toBe('b.md\n');
  });

  test('-l tells type, size and time', async () => {
    await using place = await Workplace.create({ 'a.md': 'x'.repeat(1500), 'd/e': '' });
    await symlink('a.md', place.at('link'));
    const { stdout } = await place.ok(['ls', '-l']);
    const rows = stdout
      .trim()
      .split('\n')
      .map((line) => line.split(/ {2,}/));
    const time = expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/);
    expect(rows).toEqual([
      ['file', '1.5 kB', time, 'a.md'],
      ['directory', '-', time, 'd/'],
      ['symlink', '-', '-', 'link@'],
    ]);
  });

  test('--json prints a document a line, with what names each entry', async () => {
    await using place = await Workplace.create({ 'a/b.md': '12', 'a/c/d.md': '' });
    expect((await place.ok(['ls', 'a', '--json'])).documents).toEqual([
      expect.objectContaining({ location: 'a/b.md', path: 'b.md', fileType: 'file', isDir: false }),
      expect.objectContaining({ location: 'a/c', path: 'c', fileType: 'directory', isDir: true }),
    ]);
    expect((await place.ok(['ls', '-l', 'a', '--json'])).documents[0]).toMatchObject({ size: 2 });
  });

  test('lists what it can of several', async () => {
    await using place = await Workplace.create({ 'a/x': '', 'b/y': '' });
    const result = await place.f9(['ls', 'a', 'missing', 'b']);
    expect(result).toMatchObject({ code: EXIT.partly, stdout: 'x\ny\n' });
    expect(result.stderr).toBe('f9 ls missing failed: There is nothing at "missing" (NOT_FOUND)\n');
  });

  test('a listing of more than one batch keeps its order with details', async () => {
    const files = Object.fromEntries(
      Array.from({ length: 300 }, (_, i) => [`d/${String(i).padStart(3, '0')}`, '']),
    );
    await using place = await Workplace.create(files);
    const names = (await place.ok(['ls', '-l', 'd'])).stdout
      .trim()
      .split('\n')
      .map((line) => line.split('  ').at(-1));
    expect(names).toEqual(Object.keys(files).map((path) => path.slice(2)));
  });

  test('a name that would command the terminal is shown, not obeyed', async () => {
    await using place = await Workplace.create({ 'a\u001b[31m\nb': '' });
    expect((await place.ok(['ls'])).stdout).toBe('a\\x1b[31m\\nb\n');
    expect((await place.ok(['ls', '--json'])).documents[0]).toMatchObject({ path: 'a\u001b[31m\nb' });
    await place.write('gpj.\u202eexe.txt', '');
    expect((await place.ok(['ls', '-l'])).stdout).toContain('gpj.\\u202eexe.txt');
  });
});

describe('tree', () => {
  test('draws what lies below', async () => {
    await using place = await Workplace.create({
      'n/a/b/c.md': '',
      'n/a/d.md': '',
      'n/e.md': '',
      'n/f/g.md': '',
    });
    expect((await place.ok(['tree', 'n'])).stdout).toBe(
      [
        'n',
        '├── a/',
        '│   ├── b/',
        '│   │   └── c.md',
        '│   └── d.md',
        '├── e.md',
        '└── f/',
        '    └── g.md',
        '',
        '3 directories, 4 files',
        '',
      ].join('\n'),
    );
  });

  test('--depth stops', async () => {
    await using place = await Workplace.create({ 'a/b/c.md': '', 'd.md': '' });
    expect((await place.ok(['tree', '-d', '1'])).stdout).toBe('.\n├── a/\n└── d.md\n\n1 directory, 1 file\n');
    expect((await place.ok(['tree', '-d', '2'])).stdout).toContain('└── b/');
    expect((await place.f9(['tree', '-d', '0'])).code).toBe(EXIT.usage);
  });

  test('--json lists the entries', async () => {
    await using place = await Workplace.create({ 'a/b.md': '' });
    const { documents } = await place.ok(['tree', '--json']);
    expect(documents.map(({ location }) => location)).toEqual(['a', 'a/b.md']);
  });
});

describe('cat', () => {
  test('prints bytes as they are, of several files', async () => {
    await using place = await Workplace.create({ 'a.bin': BINARY, 'b.txt': 'text' });
    const { bytes } = await place.ok(['cat', 'a.bin', 'b.txt']);
    expect(Buffer.compare(bytes, Buffer.concat([BINARY, Buffer.from('text')]))).toBe(0);
  });

  test('--json gives text as text and other bytes as base64', async () => {
    await using place = await Workplace.create({ 'a.bin': Uint8Array.of(255, 0), 'b.txt': 'tëxt' });
    expect((await place.ok(['cat', 'a.bin', 'b.txt', '--json'])).documents).toEqual([
      { location: 'a.bin', path: 'a.bin', size: 2, base64: '/wA=' },
      { location: 'b.txt', path: 'b.txt', size: 5, text: 'tëxt' },
    ]);
  });

  test('what is missing is told, and the rest is printed', async () => {
    await using place = await Workplace.create({ b: 'b' });
    expect(await place.f9(['cat', 'a', 'b'])).toMatchObject({ code: EXIT.partly, stdout: 'b' });
    expect(await place.f9(['cat', 'a'])).toMatchObject({ code: EXIT.notFound, stdout: '' });
  });
});

describe('write', () => {
  test('writes standard input byte by byte, and makes directories', async () => {
    await using place = await Workplace.create();
    const result = await place.ok(['write', 'a/b/c.bin'], { stdin: BINARY });
    expect(result).toMatchObject({ stdout: '', stderr: '' });
    expect(Buffer.compare((await place.ok(['cat', 'a/b/c.bin'])).bytes, Buffer.from(BINARY))).toBe(0);
  });

  test('leaves a file that is there alone, unless forced', async () => {
    await using place = await Workplace.create({ 'a.md': 'old' });
    const refused = await place.f9(['write', 'a.md', '--text', 'new']);
    expect(refused.code).toBe(EXIT.occupied);
    expect(refused.stderr).toContain('replace it with --force');
    expect(await place.text('a.md')).toBe('old');
    await place.ok(['write', '-f', 'a.md', '--text', 'new']);
    expect(await place.text('a.md')).toBe('new');
  });

  test('--append adds, and begins a file that is missing', async () => {
    await using place = await Workplace.create();
    await place.ok(['write', '-a', 'log'], { stdin: 'one ' });
    await place.ok(['write', '-a', 'log'], { stdin: 'two' });
    expect(await place.text('log')).toBe('one two');
    expect((await place.f9(['write', '-a', '-f', 'log'])).code).toBe(EXIT.usage);
  });

  test('--if-match replaces only the version that is named', async () => {
    await using place = await Workplace.create({ 'a.md': '1' });
    const [{ etag } = {}] = (await place.ok(['info', 'a.md', '--json'])).documents;
    await place.ok(['write', 'a.md', '--if-match', String(etag), '--text', '22']);
    expect(await place.text('a.md')).toBe('22');
    const late = await place.f9(['write', 'a.md', '--if-match', String(etag), '--text', '333']);
    expect(late.code).toBe(EXIT.occupied);
    expect(late.stderr).toContain('that --if-match names');
    expect(await place.text('a.md')).toBe('22');
  });

  test('writes nothing when its input fails halfway', async () => {
    await using place = await Workplace.create({ 'a.md': 'old' });
    const stdin = Readable.from(
      (async function* () {
        yield Buffer.from('half');
        throw new Error('the other end went away');
      })(),
    );
    expect((await place.f9(['write', '-f', 'a.md'], { stdin })).code).toBe(EXIT.failed);
    expect(await place.text('a.md')).toBe('old');
  });

  test('says on a terminal that it waits for text', async () => {
    await using place = await Workplace.create();
    const stdin = Object.assign(Readable.from([Buffer.from('typed')]), { isTTY: true });
    expect((await place.ok(['write', 'a.md'], { stdin })).stderr).toContain('Ctrl-D');
    expect(await place.text('a.md')).toBe('typed');
  });

  test('--json tells what was written', async () => {
    await using place = await Workplace.create();
    const { documents } = await place.ok(['write', 'd/a.md', '--text', 'abc', '--json']);
    expect(documents).toEqual([expect.objectContaining({ location: 'd/a.md', size: 3 })]);
  });
});

describe('rm', () => {
  test('deletes files and empty directories', async () => {
    await using place = await Workplace.create({ 'a.md': '', 'd/e': '' });
    await place.ok(['rm', 'a.md', 'd/e']);
    await place.ok(['rm', 'd']);
    expect((await place.ok(['ls'])).stdout).toBe('');
  });

  test('deletes a directory that holds something only with --recursive', async () => {
    await using place = await Workplace.create({ 'd/e/f': '' });
    const refused = await place.f9(['rm', 'd']);
    expect(refused.code).toBe(EXIT.failed);
    expect(refused.stderr).toContain('delete it with --recursive');
    expect(await place.text('d/e/f')).toBe('');
    await place.ok(['rm', '-r', 'd']);
    expect((await place.ok(['ls'])).stdout).toBe('');
  });

  test.skipIf(process.platform === 'win32')(
    'does not advise what was done already, where something in a directory cannot be deleted (needs POSIX)',
    async () => {
      await using place = await Workplace.create({ 'd/e': '', 'd/back\\slash': '' });
      const refused = await place.f9(['rm', '-r', 'd']);
      expect(refused.code).toBe(EXIT.failed);
      expect(refused.stderr).toContain('"d"');
      expect(refused.stderr).not.toContain('recursive');
    },
  );

  test('what is missing is a failure, unless --force', async () => {
    await using place = await Workplace.create();
    expect((await place.f9(['rm', 'a'])).code).toBe(EXIT.notFound);
    expect((await place.ok(['rm', '-f', 'a', '--json'])).documents).toEqual([
      { location: 'a', deleted: false },
    ]);
  });

  test('the root of a vault stays', async () => {
    await using place = await Workplace.create({ 'v/a': '' });
    await place.ok(['vaults', 'add', 'box', 'v']);
    expect((await place.f9(['rm', '-r', 'box:'])).code).toBe(EXIT.usage);
    expect(await place.text('v/a')).toBe('');
  });
});

test('mkdir makes directories with those above them', async () => {
  await using place = await Workplace.create();
  await place.ok(['mkdir', 'a/b', 'c']);
  expect((await place.ok(['ls', '-r'])).stdout).toBe('a/\na/b/\nc/\n');
  const refused = await place.f9(['mkdir', 'c']);
  expect(refused.code).toBe(EXIT.occupied);
  expect(refused.stderr).toContain('with --force a directory is left as it is');
  expect((await place.ok(['mkdir', '-f', 'c', '--json'])).documents).toEqual([
    expect.objectContaining({ location: 'c', isDir: true }),
  ]);
});

test('info tells all that is known', async () => {
  await using place = await Workplace.create({ 'a.md': 'x'.repeat(1234), 'd/e': '' });
  const { stdout } = await place.ok(['info', 'a.md', '-c', 'md5', '-e']);
  expect(stdout).toMatch(/^a\.md\n/);
  expect(stdout).toMatch(/type: +file\n +size: +1,234 bytes \(1\.2 kB\)\n/);
  expect(stdout).toMatch(/modified: +\d{4}-.*Z\n/);
  expect(stdout).toMatch(/encoding: +utf-8\n +md5: +[\da-f]{32}\n +etag: /);
  expect((await place.ok(['info', 'd', '--json'])).documents).toEqual([
    expect.objectContaining({ location: 'd', path: 'd', isDir: true }),
  ]);
  expect((await place.f9(['info', 'a.md', '-c', 'crc'])).code).toBe(EXIT.usage);
});
