import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { sep } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { EXIT } from '../src/index.ts';
import { Workplace } from './support/command.ts';
import { type Ended, F9, Spawned, spawnF9 } from './support/spawned.ts';

const BINARY = Uint8Array.from({ length: 1_000_000 }, (_, i) => (i * 31 + (i >> 8)) % 256);

// Generous: a machine that does other things besides starts processes slowly.
describe('as a process', () => {
  test('bytes go in and out as they are', async () => {
    await using place = await Workplace.create();
    expect(await spawnF9(['write', 'a.bin'], place.path, { stdin: BINARY })).toMatchObject({
      code: 0,
      stderr: '',
    });
    expect(Buffer.compare(await readFile(place.at('a.bin')), BINARY)).toBe(0);
    const { code, stdout } = await spawnF9(['cat', 'a.bin'], place.path);
    expect(code).toBe(0);
    expect(Buffer.compare(stdout, BINARY)).toBe(0);
  });

  test('it ends with the exit code, and in silence where nobody looks', async () => {
    await using place = await Workplace.create({ 'n/a.md': 'A' });
    expect(await spawnF9(['mirror', 'n', 'copy'], place.path)).toMatchObject({ code: EXIT.ok, stderr: '' });
    expect(await spawnF9(['cat', 'missing'], place.path)).toMatchObject({ code: EXIT.notFound });
  });

  test('colours follow FORCE_COLOR', async () => {
    await using place = await Workplace.create({ 'd/e': '' });
    const colored = await spawnF9(['ls'], place.path, { env: { FORCE_COLOR: '1' } });
    expect(colored.stdout.toString()).toContain('\u001b[34md\u001b[39m/');
    expect((await spawnF9(['ls'], place.path)).stdout.toString()).toBe('d/\n');
  });

  test('a reader that leaves early is no failure to tell of', async () => {
    await using place = await Workplace.create({ 'a.bin': BINARY });
    const { child, ended } = new Spawned(['cat', 'a.bin', 'a.bin', 'a.bin'], place.path);
    child.stdin.end();
    await once(child.stdout, 'data');
    child.stdout.destroy();
    expect(await ended).toMatchObject({ code: EXIT.brokenPipe, stderr: '' });
  });

  test('the config file is where the system has such files', async () => {
    await using place = await Workplace.create();
    const env = { F9_CONFIG: '', XDG_CONFIG_HOME: place.at('settings'), APPDATA: place.at('settings') };
    expect(await spawnF9(['vaults', 'add', 'notes', 'n', '--create'], place.path, { env })).toMatchObject({
      code: EXIT.ok,
    });
    const files = await readdir(place.path, { recursive: true });
    expect(
      files.filter((path) => path.endsWith('config.json')).map((path) => path.split(sep).includes('f9')),
    ).toEqual([true]);
  });

  test('it does not wait for input that nobody asked for', async () => {
    await using place = await Workplace.create({ a: '' });
    const { ended } = new Spawned(['ls'], place.path);
    expect(await ended).toMatchObject({ code: EXIT.ok });
  });
});

describe('Ctrl-C', () => {
  test('in the middle of a mirror leaves whole files, and the next run ends right', async () => {
    const content = 'x'.repeat(64 * 1024);
    await using place = await Workplace.create();
    const names = Array.from({ length: 120 }, (_, i) => `f${i}`);
    for (const name of names) await place.write(`n/${name}`, content + name);
    const { child, ended } = new Spawned(['mirror', 'n', 'copy', '-j', '1'], place.path);
    await until(async () => (await readdir(place.at('copy')).catch(() => [])).length > 5, ended);
    child.kill('SIGINT');
    const { code, stderr } = await ended;
    expect(code).toBe(EXIT.interrupted);
    expect(stderr).toContain('run again');

    const copied = (await readdir(place.at('copy'))).filter((name) => name !== '.f9');
    expect(copied.length).toBeLessThan(names.length);
    for (const name of copied) expect(await place.text(`copy/${name}`)).toBe(content + name);
    expect(await readdir(place.at('copy/.f9'))).toEqual(['.gitignore']);

    const again = await place.ok(['mirror', 'n', 'copy']);
    expect(again.stdout).toMatch(
      new RegExp(`^${names.length - copied.length} copied, .* ${copied.length} unchanged`),
    );
  });

  test('ends a write that waits for its input, and writes nothing', async () => {
    await using place = await Workplace.create({ 'a.md': 'old' });
    const { child, ended } = new Spawned(['write', '-f', 'a.md'], place.path);
    child.stdin.write('half');
    await until(async () => (await readdir(place.at('.f9')).catch(() => [])).length > 1, ended);
    child.kill('SIGINT');
    expect((await ended).code).toBe(EXIT.interrupted);
    expect(await place.text('a.md')).toBe('old');
  });

  test('twice does not wait', async () => {
    await using place = await Workplace.create();
    // A plugin that cannot be stopped, as a bad one might be.
    await place.write(
      'node_modules/f9-backend-stubborn/index.js',
      `export const plugin = { name: 'stubborn', schemes: ['stubborn'], parameters: {}, create: () => {
        process.stderr.write('opened');
        return new Promise(() => setInterval(() => {}, 1000));
      } };`,
    );
    await writeFile(
      place.at('node_modules/f9-backend-stubborn/package.json'),
      JSON.stringify({ name: 'f9-backend-stubborn', type: 'module', exports: './index.js' }),
    );
    const { child, ended } = new Spawned(
      ['ls', 'stubborn://x', '--plugin', 'f9-backend-stubborn'],
      place.path,
    );
    await once(child.stderr, 'data');
    child.kill('SIGINT');
    child.kill('SIGINT');
    // Two that come at once count as one.
    const again = setInterval(() => child.kill('SIGINT'), 20);
    expect((await ended).code).toBe(EXIT.interrupted);
    clearInterval(again);
  });

  test('a request to end is obeyed with its own code', async () => {
    await using place = await Workplace.create();
    const { child, ended } = new Spawned(['write', 'a.md'], place.path);
    child.stdin.write('half');
    await until(async () => (await readdir(place.at('.f9')).catch(() => [])).length > 1, ended);
    child.kill('SIGTERM');
    expect((await ended).code).toBe(EXIT.terminated);
  });
});

test('a Node that is too old is told so', async () => {
  const pretend = `data:text/javascript,Object.defineProperty(process.versions,'node',{value:'20.1.0'})`;
  const child = spawn(process.execPath, ['--import', pretend, ...F9, 'ls']);
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  const [code] = (await once(child, 'close')) as [number];
  expect({ code, stderr }).toEqual({
    code: 1,
    stderr: 'f9: it needs Node 22.12 or later, and this is 20.1.0\n',
  });
});

/** @throws what a process said that ended before */
async function until(holds: () => Promise<boolean>, ended: Promise<Ended>): Promise<void> {
  let early: Ended | undefined;
  void ended.then((result) => {
    early = result;
  });
  while (!(await holds())) {
    if (early !== undefined) throw new Error(`It ended with ${early.code}: ${early.stderr}`);
    await setTimeout(5);
  }
}
