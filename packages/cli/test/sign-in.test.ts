import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { startServer } from '@f9/openai-server';
import { describe, expect, test } from 'vitest';
import { EXIT } from '../src/index.ts';
import { Workplace } from './support/command.ts';
import { SharedNotes } from './support/shared-notes.ts';
import { F9, Spawned } from './support/spawned.ts';
import { API_KEY } from './support/store.ts';

const PASSWORD = 'ghp_16C7e42F292c6912E7';

/** The address of the repository as somebody would copy it, without what f9 keeps of it. */
async function addressOf({ place }: SharedNotes): Promise<string> {
  const { stdout } = await place.ok(['vaults', 'list', '--json']);
  const { uri } = JSON.parse(stdout) as { uri: string };
  return uri;
}

describe('init asks how to sign in', () => {
  test('for a repository that wants it, until it opens', async () => {
    await using notes = await SharedNotes.create({ they: PASSWORD, me: PASSWORD, git: PASSWORD });
    const { place } = notes;
    const uri = (await addressOf(notes)).replace('127.0.0.1', 'me@127.0.0.1');
    const env = { F9_GIT_CREDENTIALS: 'none' };
    const argv = ['init', uri, 'copy', '--names', 'mine,copy'];
    const nobody = await place.f9(argv, { env });
    expect(nobody.code).toBe(EXIT.denied);
    const { stdout, stderr } = await place.ok(argv, { env, stdin: `wrong\n${PASSWORD}\n` });
    expect(stderr.match(/A password or a token for it/g)).toHaveLength(2);
    expect(stdout).toMatch(/^1 copied/);
    expect(stdout + stderr).not.toContain(PASSWORD);
    await place.ok(['ls', 'mine:'], { env });
  });

  test('for the key of a service', async () => {
    await using server = await startServer({ unkind: false });
    await using place = await Workplace.create({ 'n/a.md': 'A' });
    const env = { OPENAI_BASE_URL: server.url };
    const { stdout, stderr } = await place.ok(['init', 'n', 'new', '--title', 'x'], {
      env,
      stdin: `${API_KEY}\n`,
    });
    expect(stdout).toMatch(/^1 copied/);
    expect(stdout + stderr).not.toContain(API_KEY);
    await place.ok(['ls', 'index:'], { env });
  });
});

test('init that waits for an answer ends at Ctrl-C', async () => {
  await using place = await Workplace.create();
  const running = new Spawned(['init'], place.path);
  await once(running.child.stderr, 'data');
  running.child.kill('SIGINT');
  expect((await running.ended).code).toBe(EXIT.interrupted);
});

test('a terminal shows nothing of a key that is typed, and takes back what was mistyped (needs script)', async () => {
  await using server = await startServer({ unkind: false });
  await using place = await Workplace.create({ 'n/a.md': 'A' });
  const command = `${[process.execPath, ...F9].map((word) => `'${word}'`).join(' ')} init n new --title x`;
  const child = spawn('script', ['--quiet', '--return', '--command', command, '/dev/null'], {
    cwd: place.path,
    env: {
      PATH: process.env.PATH,
      HOME: place.path,
      F9_CONFIG: place.configPath,
      OPENAI_BASE_URL: server.url,
    },
  });
  let shown = '';
  child.stdout.on('data', (chunk: Buffer) => {
    shown += chunk.toString();
  });
  const ended = once(child, 'close');
  while (!shown.includes('A key for it')) await sleep(20);
  child.stdin.write(`${API_KEY}x\u007f\r`);
  expect(await ended).toEqual([0, null]);
  expect(shown).toContain('1 copied');
  expect(shown).not.toContain(API_KEY.slice(3));
  expect(await place.text('.config/config.json')).toContain(API_KEY);
});
