import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { git } from './repository.ts';

const SOURCES = new URL('../src/index.ts', import.meta.url).href;

const PROGRAM = `
  Object.defineProperty(process.versions, 'bun', { value: '1' });
  const { GitSyncFileBackend } = await import(process.env.F9_SOURCES);
  const remoteUrl = 'file://' + process.cwd() + '/remote.git';
  const one = await GitSyncFileBackend.open({ remoteUrl, path: './one' });
  await one.create('a.md', { data: 'A' });
  await one.create('large', { data: new Uint8Array(1_000_000) });
  await one.push();
  const two = await GitSyncFileBackend.open({ remoteUrl, path: './two' });
  console.log((await two.info('large')).size, await two.read('a.md', { binary: false }));
  const gone = await GitSyncFileBackend.open({ remoteUrl: 'file:///nowhere/at/all', path: './gone' }).catch(({ code }) => code);
  const aborted = await two.pull({ signal: AbortSignal.timeout(1) }).catch(({ name }) => name);
  console.log(gone, aborted);
  for (const vault of [one, two]) await vault.close();
`;

test('where the runtime announces no process, as Bun, git is started all the same', () => {
  const folder = mkdtempSync(join(tmpdir(), 'f9-git-'));
  try {
    git(folder, 'init', '--quiet', '--bare', '--initial-branch=main', 'remote.git');
    const argv = ['--conditions=@f9/source', '--input-type=module', '--eval', PROGRAM];
    const said = execFileSync(process.execPath, argv, {
      cwd: folder,
      encoding: 'utf8',
      env: { ...process.env, F9_SOURCES: SOURCES },
    });
    expect(said).toBe('1000000 A\nNOT_FOUND TimeoutError\n');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
