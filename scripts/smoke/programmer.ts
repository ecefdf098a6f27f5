import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { run, type Workshop } from './workshop.ts';

/** A programmer's first hour, in TypeScript with all checks on. */
const PROGRAM = `
  import assert from 'node:assert/strict';
  import { type FileBackend, isFileBackendError, mirror, NotFoundError, readOnly } from '@f9/core';
  import { resolveBackend } from '@f9/factory';
  import { GitSyncFileBackend } from '@f9/git';
  import { LocalFileBackend } from '@f9/local';
  import { ensureVectorStore, OpenAIVectorStoreFileBackend } from '@f9/openai';
  import { startServer } from '@f9/openai-server';

  // A note, and what is not there.
  const notes: FileBackend = new LocalFileBackend({ root: './notes' });
  await notes.create('plants/tomatoes.md', { data: 'Tomatoes need water each morning.\\n' });
  const text: string = await notes.read('plants/tomatoes.md', { binary: false });
  assert.match(text, /water/);
  try {
    await notes.read('plants/none.md');
    assert.fail('it is not there');
  } catch (error) {
    assert(error instanceof NotFoundError && isFileBackendError(error, 'NOT_FOUND') && error.path === 'plants/none.md');
  }

  // Two writers, none of whose work is lost.
  const { etag } = await notes.info('plants/tomatoes.md');
  await notes.edit('plants/tomatoes.md', (before) => new TextDecoder().decode(before) + 'And some shade.\\n');
  await assert.rejects(
    notes.update('plants/tomatoes.md', { data: 'late', ...(etag === undefined ? {} : { ifMatch: etag }) }),
    (error) => isFileBackendError(error, 'PRECONDITION_FAILED'),
  );

  // Into git, and from git into a store that can be searched.
  const git = await GitSyncFileBackend.open({ remoteUrl: new URL('remote.git', 'file://' + process.cwd() + '/').href, path: './clone' });
  const { copied } = await mirror(notes, git);
  assert.equal(copied.length, 1);
  const server = await startServer({ unkind: false });
  const service = { apiKey: 'sk-1', baseURL: server.url };
  const store = new OpenAIVectorStoreFileBackend({ ...service, vectorStoreId: await ensureVectorStore({ ...service, name: 'Notes' }) });
  await git.push();
  const result = await mirror(git, store, { pull: true, prune: true });
  assert.equal(typeof result.version, 'string');
  const [first] = await store.search('when do tomatoes need water?');
  assert.equal(first?.path, 'plants/tomatoes.md');
  assert.equal((await mirror(git, store, { pull: true })).unchanged.length, 1);

  // What may not be written, and a vault by its URI.
  await assert.rejects(readOnly(notes).delete('plants/tomatoes.md'), (error) => isFileBackendError(error, 'READ_ONLY'));
  const byUri = await resolveBackend('file://notes');
  assert.deepEqual(await byUri.glob('**/*.md'), ['plants/tomatoes.md']);
  for (const vault of [notes, git, store, byUri]) await vault.close();
  await server.close();
  console.log('it runs');
`;

/** The oldest Node that is meant, and the one of this repository. */
const OLDEST = '22.16.0';

/** A blank TypeScript project with packed packages: it compiles with every check, and runs on the oldest Node and on this one. */
export function smokeProgrammer(workshop: Workshop): void {
  const oldest = `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`;
  const folder = workshop.install('programmer', [...workshop.packages, `${oldest}@${OLDEST}`]);
  mkdirSync(join(folder, 'src'));
  writeFileSync(join(folder, 'src/index.ts'), PROGRAM);
  writeFileSync(
    join(folder, 'tsconfig.json'),
    JSON.stringify({
      compilerOptions: {
        strict: true,
        exactOptionalPropertyTypes: true,
        noUncheckedIndexedAccess: true,
        skipLibCheck: false,
        target: 'es2024',
        lib: ['es2024', 'esnext.disposable', 'esnext.array'],
        module: 'nodenext',
        types: ['node'],
        typeRoots: [resolve('node_modules/@types')],
        rootDir: 'src',
        outDir: 'dist',
      },
      include: ['src'],
    }),
  );
  run('tsc', ['-p', '.'], folder);
  const nodes = [join(folder, 'node_modules', oldest, 'bin/node'), process.execPath];
  for (const node of nodes) {
    if (!existsSync(node)) throw new Error(`There is no Node at ${node}`);
    const version = run(node, ['--version']).trim();
    const place = join(folder, `on-${version}`);
    mkdirSync(place);
    execFileSync('git', ['init', '--quiet', '--bare', '--initial-branch=main', join(place, 'remote.git')]);
    const said = run(node, ['../dist/index.js'], place);
    if (!said.includes('it runs')) throw new Error(`Node ${version}: ${said}`);
    console.log(`a programmer on Node ${version}: compiled with every check, and ran`);
  }
}
