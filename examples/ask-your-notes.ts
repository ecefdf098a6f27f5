// A folder of notes in a vector store: searched by meaning, changed, searched again, and read back byte for byte.
//
// Without a key a server on this machine imitates OpenAI's vector stores (it finds words, not meaning). With OPENAI_API_KEY the same
// program runs against the real service, in a vector store named "f9 ask-your-notes", which it fills and empties again.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isFileBackendError } from '@f9/core';
import { LocalFileBackend } from '@f9/local';
import { ensureVectorStore, OpenAIVectorStoreFileBackend } from '@f9/openai';
import { startServer } from '@f9/openai-server';
import { bytes, chapter, check, quote, say, title } from './support/story.ts';

await using cleanUp = new AsyncDisposableStack();

title('Ask your notes');
const account = await findAccount();
const { settleWithin: _, ...connection } = account;
const notes = cleanUp.use(await LocalFileBackend.open({ root: makeFolder() }));
await writeNotes();

chapter('1. A folder of notes goes into a vector store');
const vectorStoreId = await ensureVectorStore({ ...connection, name: 'f9 ask-your-notes' });
const store = cleanUp.use(await OpenAIVectorStoreFileBackend.open({ ...account, vectorStoreId }));
await empty();
const paths = await notes.globFiles('**');
await Promise.all(paths.map(async (path) => store.create(path, { data: await notes.read(path) })));
say(`${paths.length} files, ${bytes(await sizeOf(paths))}, all at once`);
check(
  (await store.globFiles('**')).join() === paths.join(),
  'the store has the same files, in the same folders',
);

chapter('2. Questions instead of file names');
await ask('How often do tomatoes need water?', 'garden/tomatoes.md');
await ask('Which platform does the train to the mountains leave from?', 'travel/alps.md');
await ask('What belongs into bread?', 'recipes/bread.md', { path: 'recipes' });

chapter('3. A note changes, and so do the answers');
await store.update('garden/tomatoes.md', {
  data: '# Tomatoes\n\nBlight took the tomatoes in August. Next year: chili peppers.\n',
});
await ask('What took the tomatoes in August?', 'garden/tomatoes.md');
const stale = await store.search('tomatoes need water every day in summer');
check(
  stale.every(({ snippet }) => !snippet.includes('every day')),
  'what the note said before is not found any more',
);
await store.move('travel/alps.md', 'archive/2025/alps.md');
await ask('Which platform does the train to the mountains leave from?', 'archive/2025/alps.md');
await store.delete('recipes/bread.md');
check(
  (await store.search('What belongs into bread?')).every(({ path }) => path !== 'recipes/bread.md'),
  'a deleted note is not found either',
);

chapter('4. Nobody writes over what somebody else changed');
const seen = await store.info('garden/tomatoes.md');
await store.update('garden/tomatoes.md', { data: '# Tomatoes\n\nGone.\n', append: true });
const refused = await store
  .update('garden/tomatoes.md', { data: 'mine', ifMatch: seen.etag! })
  .catch((error: unknown) => error);
check(isFileBackendError(refused, 'PRECONDITION_FAILED'), 'a write with an old etag is refused');

chapter('5. Everything comes back, byte for byte');
await store.move('archive/2025/alps.md', 'travel/alps.md');
await store.create('recipes/bread.md', { data: await notes.read('recipes/bread.md') });
await store.update('garden/tomatoes.md', { data: await notes.read('garden/tomatoes.md') });
// Another program may see all that a little later than this one.
await sleep(store.capabilities.settleWithin);
let compared = 0;
for (const path of paths) {
  const [here, there] = await Promise.all([notes.read(path), readAsAnotherProgram(path)]);
  if (!Buffer.from(here).equals(there)) throw new Error(`${path} differs`);
  compared += here.length;
}
check(compared === (await sizeOf(paths)), `${paths.length} files, ${bytes(compared)}: the same bytes`);
const sums = await Promise.all([notes.checksumMany(paths), store.checksumMany(paths)]);
check(
  paths.every((path) => sums[0].get(path) === sums[1].get(path)),
  'and the same sha256, known without reading',
);

chapter('6. The store is emptied again');
await empty();
check((await store.globFiles('**', { dot: true })).length === 0, 'the store is as empty as before');
const { removed } = await store.collectGarbage({ olderThan: 3_600_000 });
say(`collectGarbage: ${removed.length} uploads that belong to no file`);
title('Everything was as it says.');

async function findAccount(): Promise<{ apiKey: string; baseURL?: string; settleWithin?: number }> {
  const { OPENAI_API_KEY } = process.env;
  if (OPENAI_API_KEY !== undefined && OPENAI_API_KEY !== '') {
    say('With the real service, since OPENAI_API_KEY is set');
    return { apiKey: OPENAI_API_KEY };
  }
  const server = cleanUp.use(await startServer({ unkind: false }));
  say('With a server on this machine; set OPENAI_API_KEY to use the real service');
  return { apiKey: 'sk-demo', baseURL: server.url, settleWithin: 0 };
}

function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'f9-ask-'));
  cleanUp.defer(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

async function writeNotes(): Promise<void> {
  const files: Record<string, string> = {
    'garden/tomatoes.md': '# Tomatoes\n\nTomatoes need water every day in summer, early in the morning.\n',
    'garden/beans.md': '# Beans\n\nSow in May, a hand apart.\n',
    'travel/alps.md': '# The Alps\n\nThe train to the mountains leaves at seven from platform three.\n',
    'travel/packing.md': '# Packing\n\n- boots\n- a rope\n',
    'recipes/bread.md': `# Bread\n\n${'Into bread belong flour, water, salt, and a night of patience.\n'.repeat(20)}`,
    'empty.md': '',
  };
  for (const [path, data] of Object.entries(files)) await notes.create(path, { data });
  // No text, and larger than what fits beside a file's name: it travels in a form of its own.
  const photo = Uint8Array.from({ length: 60_000 }, (_, i) => Math.sin(i * i) * 127);
  await notes.create('garden/photo.raw', { data: photo });
}

async function ask(question: string, answer: string, options: { path?: string } = {}): Promise<void> {
  const results = await store.search(question, { limit: 3, ...options });
  say(`search(${JSON.stringify(question)})`);
  quote(
    results.map(({ path, score, snippet }) => {
      const line = snippet.replaceAll('\n', ' ').trim();
      return `${score.toFixed(2)}  ${path}: ${line.slice(0, 70)}`;
    }),
  );
  check(results[0]?.path === answer, `the best answer is in ${answer}`);
}

/** By a backend that knows nothing but what the service tells it. */
async function readAsAnotherProgram(path: string): Promise<Uint8Array> {
  await using other = new OpenAIVectorStoreFileBackend({ ...account, vectorStoreId });
  return await other.read(path);
}

async function empty(): Promise<void> {
  for await (const { path } of store.list()) await store.delete(path, { recursive: true });
}

async function sizeOf(files: readonly string[]): Promise<number> {
  const infos = await Promise.all(files.map((path) => notes.info(path)));
  return infos.reduce((sum, { size = 0 }) => sum + size, 0);
}
