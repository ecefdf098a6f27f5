// Two people, two clones of one repository served over HTTP: both edit, what can be merged is merged, and what cannot is shown and settled.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isFileBackendError, type SyncConflict } from '@f9/core';
import { GitSyncFileBackend } from '@f9/git';
import { serveGitOverHttp } from './support/git-http-server.ts';
import { chapter, check, quote, say, title } from './support/story.ts';

const workplace = mkdtempSync(join(tmpdir(), 'f9-shared-notes-'));
await using cleanUp = new AsyncDisposableStack();
cleanUp.defer(() => rmSync(workplace, { recursive: true, force: true }));

title('Shared notes');

chapter('1. A repository behind a password, and two clones of it');
const served = join(workplace, 'served');
mkdirSync(served);
execFileSync('git', ['init', '--quiet', '--bare', '--initial-branch=main', join(served, 'notes.git')]);
const server = cleanUp.use(await serveGitOverHttp(served, { ann: 'blue', ben: 'green' }));
await using ann = await clone('ann', 'blue', 'Ann');
await using ben = await clone('ben', 'green', 'Ben');
await ann.create('trip.md', { data: '# Trip\n\nLeave on Friday.\n\nBring bread.\n\nCome back on Sunday.\n' });
await ann.create('songs.md', { data: '# Songs\n\n- one\n' });
await ann.push({ message: 'Begin our notes' });
await ben.pull();
check(
  (await read(ben, 'trip.md')).includes('Friday'),
  `what Ann pushed to ${server.url}, Ben has after a pull`,
);

chapter('2. Both edit one note, in different places');
await edit(ann, 'trip.md', 'on Friday', 'on Thursday');
await edit(ben, 'trip.md', 'on Sunday', 'on Monday');
await ann.sync();
await ben.sync();
await ann.pull();
quote((await read(ann, 'trip.md')).trim());
check(
  (await read(ann, 'trip.md')) === (await read(ben, 'trip.md')),
  'both changes are in, for both of them; nobody had to do anything',
);

chapter('3. Both edit the same line, and one deletes what the other edits');
await edit(ann, 'trip.md', 'Bring bread.', 'Bring bread and cheese.');
await ann.delete('songs.md');
await ann.sync();
await edit(ben, 'trip.md', 'Bring bread.', 'Bring apples.');
await edit(ben, 'songs.md', '- one', '- one\n- two');
const error: unknown = await ben.sync().then(
  () => undefined,
  (reason: unknown) => reason,
);
if (!isFileBackendError(error, 'SYNC_CONFLICT'))
  throw new Error(`There is no conflict, but ${String(error)}`);
quote(`${error.code}: ${error.message}`);
const conflicts = await ben.conflictReport();
for (const conflict of conflicts) await show(conflict);
check(conflicts.map(({ path }) => path).join() === 'songs.md,trip.md', 'conflictReport() tells of both');
check(
  !(await read(ben, 'trip.md')).includes('<<<<'),
  "Ben's files have no marker in them; he reads his own version and goes on working",
);
await ben.create('while-it-stands.md', { data: 'written while the conflict stands\n' });

chapter('4. Ben settles them: one in words of his own, one by keeping his');
await ben.conflictResolve('trip.md', {
  data: (await read(ben, 'trip.md')).replace('apples', 'bread, cheese and apples'),
});
check((await ben.conflictReport()).map(({ path }) => path).join() === 'songs.md', 'one is left');
await ben.conflictAcceptLocal('songs.md');
await ben.sync();
await ann.pull();
quote((await read(ann, 'trip.md')).trim());
check((await read(ann, 'trip.md')).includes('bread, cheese and apples'), "Ann has Ben's words");
check(
  (await read(ann, 'songs.md')).includes('- two') && (await ann.exists('while-it-stands.md')),
  'and the song list, and all he wrote meanwhile',
);

chapter('5. They write the same new note; both are kept');
await ann.create('ideas.md', { data: 'an idea of Ann\n' });
await ben.create('ideas.md', { data: 'an idea of Ben\n' });
await ann.sync();
await ben.sync().catch((reason: unknown) => {
  if (!isFileBackendError(reason, 'SYNC_CONFLICT')) throw reason;
});
await ben.conflictKeepBoth('ideas.md');
await ben.sync();
await ann.pull();
const ideas = await ann.globFiles('ideas*');
quote(await Promise.all(ideas.map(async (path) => `${path}: ${(await read(ann, path)).trim()}`)));
check(ideas.length === 2, 'the other version lies beside, under a name that says where it comes from');

chapter('6. In a session, many changes are one commit');
await ben.syncSession(
  async () => {
    for (let day = 1; day <= 20; day++) await ben.create(`diary/day-${day}.md`, { data: `day ${day}\n` });
  },
  { pull: true, push: true },
);
await ann.pull();
check(
  (await ann.globFiles('diary/*')).length === 20,
  'twenty notes, one pull before, one commit and push after',
);
const log = execFileSync('git', ['--git-dir', join(served, 'notes.git'), 'log', '--format=%an  %s', 'main'], {
  encoding: 'utf8',
});
say('The history of the repository:');
quote(log.trim());
title('Everything was as it says.');

async function clone(username: string, password: string, authorName: string): Promise<GitSyncFileBackend> {
  return await GitSyncFileBackend.open({
    remoteUrl: `${server.url}/notes.git`,
    path: join(workplace, username),
    authorName,
    authorEmail: `${username}@example.com`,
    username,
    password,
    allowInsecure: true, // plain http, on this machine only
  });
}

async function read(vault: GitSyncFileBackend, path: string): Promise<string> {
  return await vault.read(path, { binary: false });
}

async function edit(vault: GitSyncFileBackend, path: string, from: string, to: string): Promise<void> {
  await vault.update(path, { data: (await read(vault, path)).replace(from, to) });
}

async function show(conflict: SyncConflict): Promise<void> {
  say(`${conflict.path} (${conflict.status}, ${conflict.kind})`);
  for (const side of ['base', 'local', 'remote'] as const) {
    const bytes = await conflict.read(side);
    const text =
      bytes === undefined ? 'deleted' : Buffer.from(bytes).toString().trim().replaceAll(/\n+/g, ' | ');
    quote(`${side.padEnd(7)} ${text}`);
  }
}
