// The main job: a git repository mirrored into a vector store, again and again, moving only what changed.
//
// Without arguments everything it needs runs on this machine: a git server over HTTP and a server that imitates OpenAI's vector stores.
// With OPENAI_API_KEY and F9_REMOTE_URL (and F9_USERNAME, F9_PASSWORD where the remote asks) the same program does it for real; it then
// works in a folder of its own, `f9-demo`, on a branch that you name by F9_BRANCH, and in a vector store named "f9 demo".
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type FileBackend, type MirrorResult, mirror, subdirectory } from '@f9/core';
import { GitSyncFileBackend } from '@f9/git';
import { ensureVectorStore, OpenAIVectorStoreFileBackend } from '@f9/openai';
import { startServer } from '@f9/openai-server';
import { serveGitOverHttp } from './support/git-http-server.ts';
import { bytes, chapter, check, endProgress, progress, quote, say, title } from './support/story.ts';

const FOLDER = 'f9-demo';
const workplace = mkdtempSync(join(tmpdir(), 'f9-mirror-'));
await using cleanUp = new AsyncDisposableStack();
cleanUp.defer(() => rmSync(workplace, { recursive: true, force: true }));

title('A git repository, mirrored into a vector store');
const remote = await findRemote();
const store = await findStore();

chapter('1. Two people share a repository; one mirrors it');
await using ann = await clone('ann', 'Ann');
await using ben = await clone('ben', 'Ben');
const notes = subdirectory(ann, FOLDER);
await using index = await OpenAIVectorStoreFileBackend.open(store);
const vectors = subdirectory(index, FOLDER);
await ann.syncSession(() => writeNotes(notes), { pull: true, push: true });
say(`${remote.shown} is cloned, and Ann wrote a vault of notes: one commit, one push`);
const first = await mirrorNow();
say(`mirror(notes, vectors): ${first.copied.length} files, ${bytes(first.bytes)}`);
check(
  first.copied.length === (await notes.globFiles('**')).length && first.failed.length === 0,
  'every file arrived, each one verified',
);

chapter('2. They can be searched by meaning');
await search('How often do tomatoes need water?', 'garden/tomatoes.md');
await search('the train to the mountains', 'travel/alps.md');

chapter('3. Nothing changed, so nothing moves');
const second = await mirrorNow();
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
const third = await mirrorNow();
say('mirror(notes, vectors, { prune: true }) moved only what changed:');
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
await search('When are beans sown?', 'garden/beans.md');

chapter('6. Every byte, compared');
let compared = 0;
for (const path of await notes.globFiles('**')) {
  const [here, there] = await Promise.all([notes.read(path), vectors.read(path)]);
  if (!Buffer.from(here).equals(there)) throw new Error(`${path} differs`);
  compared += here.length;
}
check(
  same(
    await listAll(vectors),
    (await listAll(notes)).map(({ path }) => path),
  ),
  'both sides have the same files',
);
check(compared > 0, `and the same ${bytes(compared)}`);
title('Everything was as it says.');

async function findRemote(): Promise<{
  readonly url: string;
  readonly shown: string;
  readonly options: object;
}> {
  const { F9_REMOTE_URL, F9_USERNAME, F9_PASSWORD, F9_BRANCH, OPENAI_API_KEY } = process.env;
  if (F9_REMOTE_URL !== undefined && OPENAI_API_KEY !== undefined) {
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

async function findStore(): Promise<{ vectorStoreId: string; apiKey: string; baseURL?: string }> {
  const { OPENAI_API_KEY, F9_REMOTE_URL } = process.env;
  if (OPENAI_API_KEY !== undefined && F9_REMOTE_URL !== undefined) {
    return {
      apiKey: OPENAI_API_KEY,
      vectorStoreId: await ensureVectorStore({ apiKey: OPENAI_API_KEY, name: 'f9 demo' }),
    };
  }
  const server = cleanUp.use(await startServer({ unkind: false }));
  const client = { apiKey: 'sk-demo', baseURL: server.url };
  return { ...client, vectorStoreId: await ensureVectorStore({ ...client, name: 'f9 demo' }) };
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

async function mirrorNow(): Promise<MirrorResult> {
  const result = await mirror(notes, vectors, {
    prune: true,
    onProgress: ({ phase, done, total }) => progress(`${phase} ${done}/${total}`),
  });
  endProgress();
  for (const { path, reason } of result.failed) throw new Error(`${path}: ${reason}`);
  return result;
}

async function search(query: string, expected: string): Promise<void> {
  const results = await vectors.search(query, { limit: 3 });
  say(`search(${JSON.stringify(query)})`);
  quote(
    results.map(
      ({ path, score, snippet }) =>
        `${score.toFixed(2)}  ${path}: ${snippet.replaceAll('\n', ' ').trim().slice(0, 70)}`,
    ),
  );
  check(results[0]?.path === expected, `the best answer is ${expected}`);
}

async function listAll(vault: FileBackend): Promise<{ path: string }[]> {
  return (await vault.globFiles('**')).map((path) => ({ path }));
}

function same(changes: readonly { readonly path: string }[], expected: readonly string[]): boolean {
  return changes.map(({ path }) => path).join() === expected.join();
}
