import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inspect } from 'node:util';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { serveGitOverHttp } from '../../../examples/support/git-http-server.ts';
import { GitSyncFileBackend } from '../src/index.ts';
import { git } from './repository.ts';
import { contentsOf, Vaults } from './vaults.ts';

describe('a password', () => {
  const PASSWORD = 's3cret/pass word%41';
  /** As it might get somewhere: as it is, for URLs, in the header, within it. */
  const FORMS = [
    PASSWORD,
    encodeURIComponent(PASSWORD),
    Buffer.from(`you:${PASSWORD}`).toString('base64'),
    Buffer.from(PASSWORD).toString('base64').replace(/=+$/, ''),
    Buffer.from(PASSWORD).toString('hex'),
  ];

  function expectNowhereIn(text: string, where: string): void {
    for (const form of FORMS) expect(text.includes(form), `${form} in ${where}`).toBe(false);
  }

  function everyFileBelow(folder: string): string[] {
    return fs
      .readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name));
  }

  async function withPassword(): Promise<readonly [Vaults, { remoteUrl: string; allowInsecure: true }]> {
    const vaults = new Vaults();
    const server = await serveGitOverHttp(vaults.folder, { you: PASSWORD });
    onTestFinished(() => server[Symbol.asyncDispose]());
    return [vaults, { remoteUrl: `${server.url}/remote.git`, allowInsecure: true }];
  }

  test.each(['in the options', 'in the URL'])(
    'given %s is in no file of the clone, and in no temporary file',
    async (where) => {
      const [vaults, options] = await withPassword();
      const temporary = join(vaults.folder, 'tmp');
      fs.mkdirSync(temporary);
      vi.stubEnv('TMPDIR', temporary);
      onTestFinished(() => void vi.unstubAllEnvs());
      const url = options.remoteUrl.replace('//', `//you:${encodeURIComponent(PASSWORD)}@`);
      const credentials =
        where === 'in the URL' ? { remoteUrl: url } : { username: 'you', password: PASSWORD };
      const ours = await vaults.open('ours', { ...options, ...credentials });
      await ours.create('a', { data: 'a' });
      await ours.push();
      await ours.pull();
      expect(fs.readdirSync(temporary)).toEqual([]);
      for (const file of everyFileBelow(vaults.at('ours')))
        expectNowhereIn(fs.readFileSync(file, 'latin1'), file);
      expectNowhereIn(inspect(ours, { depth: 12, showHidden: true }), 'the printed backend');
      expectNowhereIn(JSON.stringify(ours), 'the backend as JSON');
    },
  );

  test.runIf(process.platform === 'linux')(
    'is in the arguments of no process, while a vault is cloned, pushed and pulled (needs Linux)',
    async () => {
      const [vaults, options] = await withPassword();
      const seen = new Set<string>();
      const sampling = setInterval(() => {
        for (const pid of fs.readdirSync('/proc')) {
          if (!/^\d+$/.test(pid)) continue;
          try {
            seen.add(fs.readFileSync(`/proc/${pid}/cmdline`, 'latin1'));
          } catch {
            // It has ended.
          }
        }
      }, 2);
      onTestFinished(() => clearInterval(sampling));
      const ours = await vaults.open('ours', { ...options, username: 'you', password: PASSWORD });
      await ours.create('a', { data: 'a' });
      await ours.sync();
      const lines = [...seen];
      expect(lines.some((line) => line.startsWith('git\0fetch'))).toBe(true);
      expect(lines.some((line) => line.startsWith('git\0push'))).toBe(true);
      for (const line of lines) expectNowhereIn(line, 'a command line');
    },
  );

  test('is in no error', async () => {
    const [vaults, options] = await withPassword();
    const failing = [
      { ...options, username: 'somebody', password: PASSWORD },
      {
        ...options,
        remoteUrl: options.remoteUrl.replace('remote', 'missing'),
        username: 'you',
        password: PASSWORD,
      },
      { remoteUrl: 'http://127.0.0.1:1/x.git', allowInsecure: true, password: PASSWORD },
    ];
    for (const attempt of failing) {
      const error = await vaults.open('ours', attempt).catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(Error);
      const forms = [
        inspect(error, { depth: 12, showHidden: true }),
        JSON.stringify(error),
        (error as Error).stack,
      ];
      for (const form of forms) expectNowhereIn(String(form), 'an error');
    }
  });

  test('is not in what a program prints that is told to print everything', async () => {
    const [vaults, options] = await withPassword();
    const script = fileURLToPath(new URL('sync-once.ts', import.meta.url));
    const settings = { ...options, username: 'you', password: PASSWORD, path: vaults.at('ours') };
    const child = spawn(process.execPath, ['--conditions=@f9/source', script], {
      env: { ...process.env, DEBUG: '*', NODE_DEBUG: 'f9', GIT_TRACE: '1', GIT_TRACE_CURL: '1' },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    let printed = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (printed += chunk));
    child.stdin.end(JSON.stringify(settings));
    const [code] = await once(child, 'close');
    expect(code, printed.slice(-2000)).toBe(0);
    expect(printed).toContain('GIT_CONFIG_COUNT');
    expectNowhereIn(printed, 'what it printed');
  });
});

describe('a hostile repository', () => {
  test('runs nothing: no hook, filter, monitor, merge driver, diff or editor', async () => {
    const vaults = new Vaults();
    const [ours, theirs] = await vaults.two({
      filtered: 'f',
      '.gitmodules': '[submodule "x"]\n\tpath = x\n\turl = ext::sh -c touch% evil\n\tupdate = !touch evil\n',
      a: '1\n2\n3\n4\n5\n',
    });
    const trap = join(vaults.folder, 'trap');
    const evil = `touch ${trap}`;
    // As if somebody had got at the clone's own configuration.
    const folder = vaults.at('ours');
    for (const [key, value] of Object.entries({
      'filter.evil.clean': evil,
      'filter.evil.smudge': evil,
      'filter.evil.process': evil,
      'diff.evil.command': evil,
      'diff.evil.textconv': evil,
      'diff.external': evil,
      'merge.evil.driver': evil,
      'core.fsmonitor': evil,
      'core.hooksPath': join(vaults.folder, 'hooks'),
      'core.editor': evil,
      'core.pager': evil,
      'core.sshCommand': evil,
      'core.askPass': evil,
      'credential.helper': `!${evil}`,
      'gpg.program': evil,
      'commit.gpgSign': 'true',
    })) {
      git(folder, 'config', key, value);
    }
    fs.mkdirSync(join(vaults.folder, 'hooks'));
    for (const name of [
      'pre-commit',
      'commit-msg',
      'post-commit',
      'pre-push',
      'reference-transaction',
      'post-index-change',
      'post-checkout',
      'post-merge',
    ]) {
      for (const place of [join(vaults.folder, 'hooks'), join(folder, '.git', 'hooks')]) {
        fs.mkdirSync(place, { recursive: true });
        fs.writeFileSync(join(place, name), `#!/bin/sh\n${evil}\n`, { mode: 0o755 });
      }
    }
    await theirs.create('.gitattributes', { data: '* diff=evil merge=evil\nfiltered filter=evil\n' });
    await theirs.update('a', { data: 'ONE\n2\n3\n4\n5\n' });
    await theirs.push();
    await ours.update('a', { data: '1\n2\n3\n4\nFIVE\n' });
    await ours.sync();
    await ours.info('a');
    expect((await contentsOf(ours)).a).toBe('ONE\n2\n3\n4\nFIVE\n');
    await theirs.pull();
    await theirs.update('a', { data: 'theirs' });
    await theirs.push();
    await ours.update('a', { data: 'ours' });
    await expect(ours.pull()).rejects.toMatchObject({ code: 'SYNC_CONFLICT' });
    await ours.conflictAcceptLocal('a');
    await ours.push();
    await ours.abandonLocalChanges();
    expect(fs.existsSync(trap)).toBe(false);
    expect(fs.existsSync(join(folder, 'evil')) || fs.existsSync(join(folder, 'x'))).toBe(false);
  });

  test('has no way to .git: what is called so, in any spelling, is not addressable by any operation', async () => {
    const [ours] = await new Vaults().two({ a: 'a', 'dir/b': 'b' });
    for (const path of [
      '.git',
      '.git/hooks/pre-commit',
      '.GIT/config',
      'x/.git/config',
      'git~1/config',
      '.git::$INDEX_ALLOCATION/x',
      'x/.g\u200cit/x',
    ]) {
      const attempts = [
        ours.create(path, { data: 'x' }),
        ours.update(path, { data: 'x' }),
        ours.update(path, { data: 'x', append: true }),
        ours.streamWrite(path, { chunkSource: ['x'], overwrite: true }),
        ours.read(path),
        ours.info(path),
        ours.exists(path),
        ours.delete(path, { recursive: true }),
        ours.copy('a', path),
        ours.copy(path, 'b'),
        ours.move('a', path, { overwrite: true }),
        ours.move(path, 'b'),
        ours.move('dir', path),
        ours.checksum(path),
        ours.checksumMany([path]),
        Array.fromAsync(ours.list(path)),
        Array.fromAsync(ours.streamRead(path)),
      ];
      for (const [index, result] of (await Promise.allSettled(attempts)).entries()) {
        const where = `${path}, operation ${index}`;
        expect(result, where).toMatchObject({ status: 'rejected', reason: { code: 'INVALID_PATH' } });
      }
    }
    expect((await ours.glob('**', { dot: true, includeDirs: true })).sort()).toEqual(['a', 'dir', 'dir/b']);
  });
});

test('no error says where on the host the vault is', async () => {
  const vaults = new Vaults();
  const [ours] = await vaults.two({ a: 'a' });
  const config = join(vaults.at('ours'), '.git', 'config');
  fs.writeFileSync(config, '[broken');
  const error = await ours.pull().catch((reason: unknown) => reason);
  expect(error).toMatchObject({ code: 'UNKNOWN', reason: 'failed', retryable: false });
  expect(inspect(error, { depth: 12, showHidden: true })).not.toContain(vaults.folder);
});

test('what is refused as an option never gets to a git process', () => {
  for (const options of [
    { remoteUrl: 'ext::sh -c x' },
    { remoteUrl: '--upload-pack=x' },
    { remoteUrl: 'https://example.com/x', branch: '--upload-pack=x' },
    { remoteUrl: 'http://example.com/x' },
  ]) {
    expect(() => new GitSyncFileBackend({ path: '/nowhere', ...options })).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT' }),
    );
  }
});
