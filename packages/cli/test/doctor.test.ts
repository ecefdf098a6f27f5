import { chmod } from 'node:fs/promises';
import { LocalFileBackend } from '@f9/local';
import { describe, expect, test } from 'vitest';
import { EXIT } from '../src/index.ts';
import { type CallOptions, type Result, Workplace } from './support/command.ts';
import { SharedNotes } from './support/shared-notes.ts';

/** What the doctor found, by check. */
async function examine(
  place: Workplace,
  argv: string[] = [],
  options: CallOptions = {},
): Promise<Result & { findings: Map<string, object> }> {
  const result = await place.f9(['doctor', '--json', ...argv], options);
  return {
    ...result,
    findings: new Map(result.documents.map((finding) => [String(finding.check), finding])),
  };
}

/** Programs of these names and outputs, as a PATH. */
async function programs(place: Workplace, outputs: Readonly<Record<string, string>>): Promise<string> {
  for (const [name, output] of Object.entries(outputs)) {
    await place.write(`bin/${name}`, `#!/bin/sh\necho '${output}'\n`);
    await chmod(place.at(`bin/${name}`), 0o755);
  }
  await place.write('bin/keep', '');
  return place.at('bin');
}

describe('doctor', () => {
  test('tells of Node, packages, git and ssh', async () => {
    await using place = await Workplace.create();
    const PATH = await programs(place, { git: 'git version 2.39.5', ssh: 'OpenSSH_9.2p1' });
    const { code, findings } = await examine(place, [], { env: { PATH } });
    expect(code).toBe(EXIT.ok);
    expect(findings.get('node')).toMatchObject({ status: 'ok', found: process.versions.node });
    expect(findings.get('packages')).toMatchObject({
      status: 'ok',
      found: expect.stringContaining('@f9/core'),
    });
    expect(findings.get('git')).toEqual({ check: 'git', status: 'ok', found: '2.39.5' });
    expect(findings.get('ssh')).toEqual({ check: 'ssh', status: 'ok', found: 'OpenSSH_9.2p1' });
  });

  test('says what to install where git or ssh is missing or too old', async () => {
    await using place = await Workplace.create();
    const none = await examine(place, [], { env: { PATH: await programs(place, {}) } });
    expect(none.code).toBe(EXIT.ok);
    expect(none.findings.get('git')).toMatchObject({
      status: 'warning',
      advice: expect.stringContaining('2.38'),
    });
    expect(none.findings.get('ssh')).toMatchObject({
      status: 'warning',
      advice: expect.stringContaining('OpenSSH'),
    });
    const old = await examine(place, [], {
      env: { PATH: await programs(place, { git: 'git version 2.37.9' }) },
    });
    expect(old.code).toBe(EXIT.failed);
    expect(old.findings.get('git')).toMatchObject({ status: 'failure', found: '2.37.9' });
  });

  test('looks for keys and known hosts', async () => {
    await using place = await Workplace.create();
    const status = async (): Promise<object | undefined> => (await examine(place)).findings.get('ssh keys');
    expect(await status()).toMatchObject({
      status: 'warning',
      advice: expect.stringContaining('ssh-keygen'),
    });
    await place.write('.ssh/id_ed25519', 'PRIVATE');
    await place.write('.ssh/id_ed25519.pub', '');
    expect(await status()).toMatchObject({
      status: 'warning',
      advice: expect.stringContaining('fingerprint'),
    });
    await place.write('.ssh/known_hosts', '');
    expect(await status()).toMatchObject({
      status: 'ok',
      found: 'keys: id_ed25519; no agent; known_hosts is there',
    });
  });

  test('tells which variables are set, each once, never to what', async () => {
    await using place = await Workplace.create();
    const unset = await examine(place);
    expect(unset.findings.get('OPENAI_API_KEY')).toMatchObject({
      found: expect.stringMatching(/^is not set/),
    });
    // Vaults in a file and in PostgreSQL both take a model.
    expect(unset.stdout.match(/F9_EMBEDDINGS(?!_)/g)).toHaveLength(1);
    const set = await examine(place, [], { env: { OPENAI_API_KEY: 'sk-hunter2' } });
    expect(set.findings.get('OPENAI_API_KEY')).toMatchObject({ found: expect.stringMatching(/^is set/) });
    expect(set.stdout + set.stderr).not.toContain('hunter2');
    const elsewhere = await examine(place, [], { env: { OPENAI_BASE_URL: 'https://hunter2.example' } });
    expect(elsewhere.findings.get('OPENAI_BASE_URL')).toMatchObject({
      found: expect.stringMatching(/^is set: .*the key goes there$/),
    });
  });

  test('reads the config file and the URIs in it', async () => {
    await using place = await Workplace.create();
    expect((await examine(place)).findings.get('config file')).toMatchObject({
      status: 'ok',
      found: expect.stringContaining('not there yet'),
    });
    await place.write(
      '.config/config.json',
      '{ "vaults": { "good": "openai+vector://vs_1?api_key=hunter2", "bad": "file:///a?nonsense=hunter2" } }',
    );
    const { code, findings, stdout } = await examine(place);
    expect(code).toBe(EXIT.failed);
    expect(findings.get('vault good')).toMatchObject({ status: 'ok', found: 'openai+vector://vs_1' });
    expect(findings.get('vault bad')).toMatchObject({
      status: 'failure',
      advice: 'f9 vaults add --force bad URI',
    });
    expect(stdout).not.toContain('hunter2');
    await place.write('.config/config.json', '{');
    expect((await examine(place)).findings.get('config file')).toMatchObject({ status: 'failure' });
  });

  test.skipIf(process.platform === 'win32')('minds who can read the config file (needs POSIX)', async () => {
    await using place = await Workplace.create({ '.config/config.json': '{}' });
    await chmod(place.configPath, 0o644);
    expect((await examine(place)).findings.get('config file')).toMatchObject({
      status: 'warning',
      advice: expect.stringContaining('chmod 600'),
    });
    await chmod(place.configPath, 0o600);
    expect((await examine(place)).findings.get('config file')).toMatchObject({ status: 'ok' });
  });

  test('opens the vaults that are named, and tells who holds them', async () => {
    await using place = await Workplace.create({ 'v/a': '', 'v/b': '' });
    const free = await examine(place, ['v']);
    expect(free.code).toBe(EXIT.ok);
    expect(free.findings.get('v answers')).toMatchObject({
      status: 'ok',
      found: expect.stringContaining('2 entries'),
    });
    expect(free.findings.get('v is free')).toMatchObject({ status: 'ok' });
    await using backend = new LocalFileBackend({ root: place.at('v') });
    await backend.syncSession(async () => {
      const held = await examine(place, ['v']);
      expect(held.code).toBe(EXIT.ok);
      expect(held.findings.get('v is free')).toMatchObject({
        status: 'warning',
        found: expect.stringContaining('LOCK_TIMEOUT'),
      });
    });
    expect((await examine(place, ['missing'])).code).toBe(EXIT.notFound);
  });

  test('tells how far a vault is behind its remote, and of a history that was rewritten', async () => {
    await using notes = await SharedNotes.create();
    const { place } = notes;
    await place.ok(['pull', 'notes:']);
    const follows = async (): Promise<object | undefined> =>
      (await examine(place, ['notes:'])).findings.get('notes: follows its remote');
    expect(await follows()).toMatchObject({ status: 'ok' });
    await notes.theyWrite('b.md', 'B');
    expect(await follows()).toMatchObject({ status: 'warning', advice: 'f9 pull notes:' });
    expect((await place.ok(['ls', 'notes:'])).stdout).toBe('a.md\n');
    await notes.theyRewrite('z.md', 'Z');
    expect(await follows()).toMatchObject({
      status: 'failure',
      found: expect.stringMatching(/f9 pull --take-remote.*HISTORY_REWRITTEN/),
    });
    await notes.goOffline();
    expect(await follows()).toMatchObject({ status: 'failure', found: expect.stringContaining('reached') });
  });

  test('tells of a vault that does not answer', async () => {
    await using place = await Workplace.create({ file: '' });
    await place.ok(['vaults', 'add', '--no-check', 'box', 'file']);
    const { code, findings } = await examine(place, ['box:']);
    expect(code).toBe(EXIT.failed);
    expect(findings.get('box: answers')).toMatchObject({
      status: 'failure',
      found: expect.stringContaining('NOT_DIRECTORY'),
    });
    expect(findings.has('box: is free')).toBe(false);
  });

  test('draws it for people, with advice below', async () => {
    await using place = await Workplace.create();
    const { stdout } = await place.ok(['doctor'], { env: { PATH: await programs(place, {}) } });
    expect(stdout).toMatch(/^✓ node: /);
    expect(stdout).toContain(
      '! git: is not installed\n    install git 2.38 or later, which git vaults need\n',
    );
  });
});
