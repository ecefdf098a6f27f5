import fs from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { filesOfOneDirectory } from './loose-objects.ts';
import { filesAt, git } from './repository.ts';
import { contentsOf, Vaults } from './vaults.ts';
import { WrappedGit } from './wrapped-git.ts';

/** What `git count-objects` says. */
function counted(folder: string): Record<string, number> {
  const lines = git(folder, 'count-objects', '-v').split('\n');
  return Object.fromEntries(lines.map((line) => line.split(': ')).map(([name, n]) => [name, Number(n)]));
}

test('loose objects are packed once they are many, also those that nothing refers to', async () => {
  const wrapped = new WrappedGit();
  const vaults = new Vaults();
  const [ours] = await vaults.two({ a: 'a' });
  const folder = vaults.at('ours');
  fs.writeFileSync(join(vaults.folder, 'stray'), 'nothing refers to this');
  const stray = git(folder, 'hash-object', '-w', join(vaults.folder, 'stray'));
  const files = filesOfOneDirectory(27);
  for (const [path, data] of Object.entries(files)) await ours.create(path, { data });
  expect(await wrapped.callsOf(() => ours.push())).toContain('repack');
  expect(counted(folder)).toMatchObject({ count: 0, packs: 1, garbage: 0 });
  expect(git(folder, 'cat-file', 'blob', stray)).toBe('nothing refers to this');
  expect(filesAt(vaults.remote)).toEqual({ ...files, a: 'a' });
  git(folder, 'fsck', '--strict');
  await ours.update('a', { data: 'b' });
  expect(await wrapped.callsOf(() => ours.push())).not.toContain('repack');
  expect(await contentsOf(ours)).toEqual({ ...files, a: 'b' });
});

test('packs are packed together once they are many, in a shallow clone too', async () => {
  const wrapped = new WrappedGit();
  const vaults = new Vaults();
  const [ours] = await vaults.two({ a: 'a' });
  await ours.update('a', { data: 'b' });
  await ours.push();
  const options = { depth: 1, remoteUrl: `file://${vaults.remote}` };
  const shallow = await vaults.open('shallow', options);
  const folder = vaults.at('shallow');
  for (let i = 0; i <= 50; i++) {
    git(folder, 'commit', '--quiet', '--allow-empty', '-m', `${i}`);
    git(folder, 'repack', '-q');
  }
  const head = git(folder, 'rev-parse', 'HEAD');
  expect(counted(folder)).toMatchObject({ packs: 51 });
  expect(await wrapped.callsOf(() => shallow.pull())).toContain('repack');
  expect(counted(folder)).toMatchObject({ count: 0, packs: 1, garbage: 0 });
  expect(git(folder, 'rev-parse', 'HEAD')).toBe(head);
  git(folder, 'fsck', '--strict');
  expect(await wrapped.callsOf(() => shallow.pull())).not.toContain('repack');
});

test('a push that landed has succeeded, whether or not objects can be packed', async () => {
  const wrapped = new WrappedGit();
  const vaults = new Vaults();
  const [ours] = await vaults.two({ a: 'a' });
  const files = filesOfOneDirectory(27);
  for (const [path, data] of Object.entries(files)) await ours.create(path, { data });
  wrapped.misbehave('if [ "$1" = repack ]; then exit 128; fi');
  await ours.push();
  expect(filesAt(vaults.remote)).toEqual({ ...files, a: 'a' });
});
