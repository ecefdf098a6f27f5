// The main job: a git repository mirrored into a file that can be searched, again and again, moving only what changed; then the same into
// a vector store.
//
// Without arguments everything it needs runs on this machine: a git server over HTTP and, for the vector store alone, a server that
// imitates OpenAI's. With F9_REMOTE_URL (and F9_USERNAME, F9_PASSWORD where the remote asks) the repository is yours: it works in a folder
// of its own there, `f9-demo`, on a branch that you name by F9_BRANCH. With OPENAI_API_KEY too, so is the vector store, named "f9 demo".
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type FileBackend, type MirrorResult, mirror, subdirectory } from '@f9/core';
import { GitSyncFileBackend } from '@f9/git';
import { ensureVectorStore, OpenAIVectorStoreFileBackend } from '@f9/openai';
import { startServer } from '@f9/openai-server';
import { SqliteFileBackend } from '@f9/sqlite';
import { serveGitOverHttp } from './support/git-http-server.ts';
import { bytes, chapter, check, endProgress, progress, quote, say, title } from './support/story.ts';

const FOLDER = 'f9-demo';
const workplace = mkdtempSync(join(tmpdir(), 'f9-mirror-'));
await using cleanUp = new AsyncDisposableStack();
cleanUp.defer(() => rmSync(workplace, { recursive: true, force: true }));

title('A git repository, mirrored into a file that can be searched');
const remote = await findRemote();

chapter('1. Two people share a repository; one mirrors it');
await using ann = await clone('ann', 'Ann');
await using ben = await clone('ben', 'Ben');
const notes = subdirectory(ann, FOLDER);
await using index = new SqliteFileBackend({ path: join(workplace, 'notes.db') });
await ann.syncSession(() => writeNotes(notes), { pull: true, push: true });
say(`${remote.shown} is cloned, and Ann wrote a vault of notes: one commit, one push`);
const first = await mirrorTo(index);
say(`mirror(notes, index): ${first.copied.length} files, ${bytes(first.bytes)}`);
check(
  first.copied.length === (await notes.globFiles('**')).length && first.failed.length === 0,
  'every file arrived, each one verified',
);

chapter('2. The file can be searched: no key, no server');
await search(index, 'How often do tomatoes need watering?', 'garden/tomatoes.md');
await search(index, 'the train to the mountains', 'travel/alps.md');
say('all of it is one file, notes.db; `f9 search` does the same from the command line');

chapter('3. Nothing changed, so nothing moves');
const second = await mirrorTo(index);
say(`mirror again: ${second.unchanged.length} unchanged, ${bytes(second.bytes)} read`);
check(
  second.bytes === 0 && second.copied.length + second.updated.length === 0,
  'not one byte of content was read or written',
);

chapter('4. Ben changes, deletes and renames; Ann edits the same line as Ben');
const bensNotes = subdirectory(ben, FOLDER);
await ben.syncSession(
  async () => {
    await bensNotes.update('garden/beans.md', { data: '# Beans\n\nSow in May, a hand apart.\n' });
    await bensNotes.delete('travel/packing.md');
    await bensNotes.move('recipes/bread.md', 'recipes/sourdough.md');
    await bensNotes.update('shopping.md', { data: '# Shopping\n\n- oats\n- honey\n' });
  },
  { pull: true, push: true },
);
await notes.update('shopping.md', { data: '# Shopping\n\n- rice\n- honey\n' });
const refused = await ann.sync().then(
  () => undefined,
  (error: Error) => error,
);
check(refused?.name === 'SyncConflictError', 'sync() refuses, and says that there is a conflict');
const [conflict] = await ann.conflictReport();
if (conflict === undefined) throw new Error('The conflict is not reported');
const side = async (which: 'base' | 'local' | 'remote'): Promise<string> =>
  Buffer.from((await conflict.read(which)) ?? '')
    .toString()
    .trim()
    .replaceAll('\n', ' ');
say(`conflictReport(): ${conflict.path} (${conflict.status}, ${conflict.kind})`);
quote([`base    ${await side('base')}`, `local   ${await side('local')}`, `remote  ${await side('remote')}`]);
check(
  (await notes.read('shopping.md', { binary: false })).includes('- rice'),
  'meanwhile readers see the local version, without a marker',
);

chapter('5. Ann settles it, and mirrors again');
await ann.conflictResolve(conflict.path, { data: '# Shopping\n\n- rice\n- oats\n- honey\n' });
await ann.sync();
await ben.pull();
check(
  (await bensNotes.read('shopping.md', { binary: false })).includes('- rice\n- oats'),
  'both have the same list now',
);
const third = await mirrorTo(index);
say('mirror(notes, index, { prune: true }) moved only what changed:');
quote([
  ...third.updated.map(({ path, reason }) => `updated  ${path}: ${reason}`),
  ...third.moved.map(({ path, reason }) => `moved    ${path}: ${reason}`),
  ...third.deleted.map(({ path, reason }) => `deleted  ${path}: ${reason}`),
  `unchanged ${third.unchanged.length} files`,
]);
check(
  same(third.updated, ['garden/beans.md', 'shopping.md']) &&
    same(third.moved, ['recipes/sourdough.md']) &&
    same(third.deleted, ['travel/packing.md']) &&
    third.copied.length === 0,
  'that is all that Ben and Ann did, and no more',
);
await search(index, 'When are beans sown?', 'garden/beans.md');
check(
  (await index.search('boots rope')).every((result) => result.path !== 'travel/packing.md'),
  'what is gone is not found any more',
);

chapter('6. The same, into a vector store');
const store = await findStore();
await using vectorStore = await OpenAIVectorStoreFileBackend.open(store.options);
const vectors = subdirectory(vectorStore, FOLDER);
const fourth = await mirrorTo(vectors);
say(`mirror(notes, vectors): ${fourth.copied.length} files, ${bytes(fourth.bytes)}, ${store.shown}`);
await search(vectors, 'How often do tomatoes need water?', 'garden/tomatoes.md');
const fifth = await mirrorTo(vectors);
check(fifth.bytes === 0, 'and again: nothing changed, so nothing moves');

chapter('7. Every byte, compared');
for (const [name, target] of Object.entries({ 'the file': index, 'the vector store': vectors })) {
  const compared = await compareWith(target);
  check(compared > 0, `${name} has the same files, and the same ${bytes(compared)}`);
}
title('Everything was as it says.');

async function findRemote(): Promise<{
  readonly url: string;
  readonly shown: string;
  readonly options: object;
}> {
  const { F9_REMOTE_URL, F9_USERNAME, F9_PASSWORD, F9_BRANCH } = process.env;
  if (F9_REMOTE_URL !== undefined) {
    const given = { username: F9_USERNAME, password: F9_PASSWORD, branch: F9_BRANCH };
    const options = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
    return { url: F9_REMOTE_URL, shown: F9_REMOTE_URL, options };
  }
  const served = join(workplace, 'served');
  mkdirSync(served);
  execFileSync('git', ['init', '--quiet', '--bare', '--initial-branch=main', join(served, 'notes.git')]);
  const server = cleanUp.use(await serveGitOverHttp(served, { ann: 'secret' }));
  const url = `${server.url}/notes.git`;
  return { url, shown: url, options: { username: 'ann', password: 'secret', allowInsecure: true } };
}

async function findStore(): Promise<{
  readonly options: { readonly vectorStoreId: string; readonly apiKey: string; readonly baseURL?: string };
  readonly shown: string;
}> {
  const { OPENAI_API_KEY: apiKey } = process.env;
  if (apiKey !== undefined) {
    const vectorStoreId = await ensureVectorStore({ apiKey, name: 'f9 demo' });
    return { options: { apiKey, vectorStoreId }, shown: 'at OpenAI' };
  }
  const server = cleanUp.use(await startServer({ unkind: false }));
  const client = { apiKey: 'sk-demo', baseURL: server.url };
  const vectorStoreId = await ensureVectorStore({ ...client, name: 'f9 demo' });
  return { options: { ...client, vectorStoreId }, shown: 'imitated here; OPENAI_API_KEY makes it real' };
}

async function clone(name: string, author: string): Promise<GitSyncFileBackend> {
  return await GitSyncFileBackend.open({
    ...remote.options,
    remoteUrl: remote.url,
    path: join(workplace, name),
    authorName: author,
    authorEmail: `${name}@example.com`,
  });
}

async function writeNotes(vault: FileBackend): Promise<void> {
  const files: Record<string, string> = {
    'garden/tomatoes.md': '# Tomatoes\n\nTomatoes need water every day in summer, early in the morning.\n',
    'garden/beans.md': '# Beans\n\nSow in April.\n',
    'travel/alps.md': '# The Alps\n\nThe train to the mountains leaves at seven from platform three.\n',
    'travel/packing.md': '# Packing\n\n- boots\n- a rope\n',
    'recipes/bread.md': `# Bread\n\n${'Flour, water, salt, and a night of patience.\n'.repeat(20)}`,
    'shopping.md': '# Shopping\n\n- honey\n',
  };
  for (let week = 1; week <= 40; week++)
    files[`diary/week-${String(week).padStart(2, '0')}.md`] =
      `# Week ${week}\n\nNothing to tell of week ${week}.\n`;
  for (const [path, data] of Object.entries(files)) await vault.create(path, { data, overwrite: true });
  await vault.create('garden/plan.bin', {
    data: Uint8Array.from({ length: 20_000 }, (_, i) => (i * i) >> 3),
    overwrite: true,
  });
}

async function mirrorTo(target: FileBackend): Promise<MirrorResult> {
  const result = await mirror(notes, target, {
    prune: true,
    onProgress: ({ phase, done, total }) => progress(`${phase} ${done}/${total}`),
  });
  endProgress();
  for (const { path, reason } of result.failed) throw new Error(`${path}: ${reason}`);
  return result;
}

async function search(vault: FileBackend, query: string, expected: string): Promise<void> {
  const results = await vault.search(query, { limit: 3 });
  say(`search(${JSON.stringify(query)})`);
  quote(
    results.map(
      ({ path, score, line, snippet }) =>
        `${score.toFixed(2)}  ${path}${line === undefined ? '' : `:${line}`}  ${snippet.replaceAll('\n', ' ').trim().slice(0, 70)}`,
    ),
  );
  check(results[0]?.path === expected, `the best answer is ${expected}`);
}

/** Reads everything on both sides. @returns bytes compared */
async function compareWith(target: FileBackend): Promise<number> {
  let compared = 0;
  const paths = await notes.globFiles('**');
  if (paths.join() !== (await target.globFiles('**')).join()) throw new Error('The files are not the same');
  for (const path of paths) {
    const [here, there] = await Promise.all([notes.read(path), target.read(path)]);
    if (!Buffer.from(here).equals(there)) throw new Error(`${path} differs`);
    compared += here.length;
  }
  return compared;
}

function same(changes: readonly { readonly path: string }[], expected: readonly string[]): boolean {
  return changes.map(({ path }) => path).join() === expected.join();
}
