import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run, type Workshop } from './workshop.ts';

/** What each runtime must do: a folder, a git repository, a vector store, URIs, and a mirror from one to the next. */
const PROGRAM = `
  import assert from 'node:assert/strict';
  import { execFileSync } from 'node:child_process';
  import { mkdtempSync } from 'node:fs';
  import { tmpdir } from 'node:os';
  import { join } from 'node:path';
  import { isFileBackendError, MemoryFileBackend, mirror } from '@f9/core';
  import { resolveBackend } from '@f9/factory';
  import { GitSyncFileBackend } from '@f9/git';
  import { LocalFileBackend } from '@f9/local';
  import { createVectorStore, OpenAIVectorStoreFileBackend } from '@f9/openai';
  import { VaultRegistry } from '@f9/registry';
  import { grep } from '@f9/text';

  const folder = mkdtempSync(join(tmpdir(), 'f9-runtime-'));
  const local = new LocalFileBackend({ root: join(folder, 'vault') });
  await local.create('notes/today.md', { data: 'hello' });
  assert.equal(await local.read('notes/today.md', { binary: false }), 'hello');
  await assert.rejects(local.read('none.md'), (error) => isFileBackendError(error, 'NOT_FOUND'));
  await local.streamWrite('large.bin', { chunkSource: (async function* () { for (let i = 0; i < 40; i++) yield new Uint8Array(100_000).fill(i); })() });
  assert.equal((await local.info('large.bin')).size, 4_000_000);
  await local.syncSession(async () => { await local.create('in-session.md', { data: 'S' }); });

  const remote = join(folder, 'remote.git');
  execFileSync('git', ['init', '--quiet', '--bare', '--initial-branch=main', remote]);
  const git = await GitSyncFileBackend.open({ remoteUrl: 'file://' + remote, path: join(folder, 'clone') });
  await mirror(local, git);
  await git.push();
  const other = await GitSyncFileBackend.open({ remoteUrl: 'file://' + remote, path: join(folder, 'other') });
  assert.equal((await other.info('large.bin')).size, 4_000_000);
  // A conflict, and its end.
  for (const [vault, data] of [[other, 'theirs'], [git, 'ours']]) await vault.update('notes/today.md', { data });
  await other.push();
  await assert.rejects(git.push(), (error) => isFileBackendError(error, 'SYNC_CONFLICT'));
  await git.conflictAcceptRemote('notes/today.md');
  await git.push();
  const versions = await Array.fromAsync(git.history('notes/today.md'));
  assert.equal(await git.read('notes/today.md', { version: versions.at(-1).version, binary: false }), 'hello');
  // A git that is aborted ends with all that it started.
  const abort = new AbortController();
  const pulling = other.pull({ signal: abort.signal });
  setTimeout(() => abort.abort(), 5);
  await assert.rejects(pulling, (error) => error.name === 'AbortError');
  await other.pull();

  const options = { apiKey: 'sk-1', baseURL: process.env.F9_SMOKE_SERVER };
  const store = new OpenAIVectorStoreFileBackend({ ...options, vectorStoreId: await createVectorStore({ ...options, name: 'x' }) });
  await mirror(local, store, { glob: '**/*.md' });
  assert.equal((await store.search('hello'))[0].path, 'notes/today.md');
  const back = new MemoryFileBackend();
  await mirror(store, back);
  assert.equal(await back.read('notes/today.md', { binary: false }), 'hello');

  const byUri = await resolveBackend('file://' + join(folder, 'vault'));
  assert.deepEqual(await byUri.glob('**/today.md'), ['notes/today.md']);
  assert.equal(typeof VaultRegistry, 'function');
  assert.equal(typeof grep, 'function');
  for (const vault of [local, store, byUri, git, other]) await vault.close();
  console.log('it runs');
`;

/** The same with a SQLite file, where the runtime has node:sqlite. */
const SQLITE = `
  import { SqliteFileBackend } from '@f9/sqlite';
  const vault = new SqliteFileBackend({ path: './notes.db' });
  await vault.create('a.md', { data: 'Apples ripen', overwrite: true });
  if ((await vault.search('apples')).length !== 1) throw new Error('not found');
  await vault.close();
  console.log('it runs');
`;

const SERVER = `
  import { startServer } from '@f9/openai-server';
  const server = await startServer({ unkind: false });
  console.log(server.url);
`;

/** Runs the packages on Bun and Deno, by their own npm packages, and says what does not run there. */
export async function smokeRuntimes(workshop: Workshop): Promise<void> {
  const folder = workshop.install('runtimes', [...workshop.packages, 'bun@1.4.5', 'deno@2.9.6']);
  const bin = (name: string): string => join(folder, 'node_modules/.bin', name);
  for (const [file, program] of Object.entries({
    'program.mjs': PROGRAM,
    'sqlite.mjs': SQLITE,
    'server.mjs': SERVER,
  })) {
    writeFileSync(join(folder, file), program);
  }
  const server = spawn(process.execPath, ['server.mjs'], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    const [url] = (await once(server.stdout, 'data')) as [Buffer];
    const env = { F9_SMOKE_SERVER: url.toString().trim() };
    const runtimes: Readonly<Record<string, readonly string[]>> = {
      node: [process.execPath],
      bun: [bin('bun'), 'run'],
      deno: [bin('deno'), 'run', '--allow-all', '--no-lock'],
    };
    for (const [name, [command = '', ...args]] of Object.entries(runtimes)) {
      const said = run(command, [...args, 'program.mjs'], folder, env);
      if (!said.includes('it runs')) throw new Error(`${name}: ${said}`);
      let sqlite = 'and a SQLite file';
      try {
        run(command, [...args, 'sqlite.mjs'], folder, env);
      } catch (error) {
        // It is no promise of ours, but who reads this wants to know.
        sqlite = `no SQLite file (${/(?:Error|error): .*/.exec(String(error))?.[0] ?? 'it failed'})`;
      }
      console.log(`${name}: a folder, a git repository, a vector store, URIs, ${sqlite}`);
    }
  } finally {
    server.kill();
  }
}
