import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run, type Workshop } from './workshop.ts';

/** What is bundled: alone, so that what one package needs is not brought by another, and together. */
const PROGRAMS: Readonly<Record<string, string>> = {
  core: `
    import { MemoryFileBackend, mirror } from '@f9/core';
    export async function main() {
      const [one, two] = [new MemoryFileBackend(), new MemoryFileBackend()];
      await one.create('a.md', { data: 'A' });
      await mirror(one, two);
      if ((await two.read('a.md', { binary: false })) !== 'A') throw new Error('not mirrored');
    }`,
  local: `
    import { LocalFileBackend } from '@f9/local';
    export async function main() {
      const vault = new LocalFileBackend({ root: './vault' });
      await vault.create('a.md', { data: 'A', overwrite: true });
      if ((await vault.checksum('a.md')).length !== 64) throw new Error('no checksum');
      await vault.syncSession(async () => undefined);
      await vault.close();
    }`,
  git: `
    import { execFileSync } from 'node:child_process';
    import { GitSyncFileBackend } from '@f9/git';
    export async function main() {
      execFileSync('git', ['init', '--quiet', '--bare', '--initial-branch=main', 'remote.git']);
      const vault = await GitSyncFileBackend.open({ remoteUrl: new URL('remote.git', 'file://' + process.cwd() + '/').href, path: './clone' });
      await vault.create('a.md', { data: 'A', overwrite: true });
      await vault.push();
      await vault.close();
    }`,
  openai: `
    import { createVectorStore, OpenAIVectorStoreFileBackend } from '@f9/openai';
    import { startServer } from '@f9/openai-server';
    export async function main() {
      const server = await startServer({ unkind: false });
      const options = { apiKey: 'sk-1', baseURL: server.url };
      const vault = new OpenAIVectorStoreFileBackend({ ...options, vectorStoreId: await createVectorStore({ ...options, name: 'x' }) });
      await vault.create('a.md', { data: 'A' });
      if ((await vault.search('A')).length !== 1) throw new Error('not found');
      await vault.close();
      await server.close();
    }`,
  sqlite: `
    import { SqliteFileBackend } from '@f9/sqlite';
    export async function main() {
      const vault = new SqliteFileBackend({ path: './notes.db' });
      await vault.create('a.md', { data: 'Apples', overwrite: true });
      if ((await vault.search('apples')).length !== 1) throw new Error('not found');
      await vault.close();
    }`,
  'factory and all that it opens': `
    import { resolveBackend } from '@f9/factory';
    import { VaultRegistry } from '@f9/registry';
    export async function main() {
      for (const uri of ['file://vault', 'sqlite:./other.db']) {
        const vault = await resolveBackend(uri);
        await vault.create('b.md', { data: 'B', overwrite: true });
        await vault.close();
      }
      if (typeof VaultRegistry !== 'function') throw new Error('not there');
    }`,
  'agents, mcp, text, compat and search': `
    import { createVaultServer } from '@f9/mcp';
    import { serveVaultOverHttp } from '@f9/mcp/http';
    import * as agents from '@f9/agents';
    import * as text from '@f9/text';
    import * as compat from '@f9/compat';
    import * as search from '@f9/search';
    import { MemoryFileBackend } from '@f9/core';
    export async function main() {
      const server = await serveVaultOverHttp(new MemoryFileBackend(), { port: 0, token: 'sixteen-characters-or-more' });
      await server.close();
      for (const door of [agents, text, compat, search]) if (Object.keys(door).length === 0) throw new Error('nothing there');
      if (typeof createVaultServer !== 'function') throw new Error('not there');
    }`,
  s3: `
    import { S3FileBackend, ensureBucket } from '@f9/s3';
    export async function main() {
      // Nobody is there: all of it up to the first answer runs.
      const vault = new S3FileBackend({ bucket: 'notes', endpoint: 'http://127.0.0.1:1', region: 'x', accessKeyId: 'a', secretAccessKey: 'b' });
      const error = await vault.info('a.md').catch((error) => error);
      if (error.code !== 'UNAVAILABLE') throw error;
      await vault.close();
      if (typeof ensureBucket !== 'function') throw new Error('not there');
    }`,
  postgres: `
    import { PostgresFileBackend } from '@f9/postgres';
    export async function main() {
      const vault = new PostgresFileBackend({ host: '127.0.0.1', port: 1, database: 'notes', user: 'me', vault: 'notes' });
      const error = await vault.info('a.md').catch((error) => error);
      if (error.code !== 'UNAVAILABLE') throw error;
      await vault.close();
    }`,
  conformance: `
    import { testBackend } from '@f9/conformance';
    import { MemoryFileBackend, MemoryStore } from '@f9/core';
    export async function main() {
      const cases = [];
      const test = Object.assign((name, body) => cases.push(body), { skip: () => undefined });
      const createStore = () => {
        const store = new MemoryStore();
        return { createBackend: () => new MemoryFileBackend({ store }) };
      };
      await testBackend({ describe: (name, body) => body(), test }, { createStore, withoutProcesses: 'it is in memory' });
      if (cases.length < 100) throw new Error('too few cases');
      await cases[0]();
    }`,
  'the command': `
    import { run } from '@f9/cli';
    export async function main() {
      const io = { stdin: process.stdin, stdout: process.stdout, stderr: process.stderr, env: process.env, cwd: process.cwd(), signal: new AbortController().signal };
      if ((await run(['ls'], io)) !== 0) throw new Error('it failed');
    }`,
};

/** Bytes that a program may come to, minified, where it uses this alone: what else the package holds is left out. */
const PARTS: readonly (readonly [from: string, name: string, most: number])[] = [
  ['@f9/core', 'FileBackendError', 4_000],
  ['@f9/core/driver', 'MAX_PATH_BYTES', 4_000],
  ['@f9/core', 'MemoryFileBackend', 65_000],
  ['@f9/text', 'applyEdits', 8_000],
  ['@f9/openai', 'ensureVectorStore', 15_000],
  ['@f9/s3', 'ensureBucket', 31_000],
  ['@f9/factory', 'formatUri', 7_000],
];

const RUN = `main().then(() => console.log('it runs'), (error) => { console.error(error); process.exitCode = 1; });`;

/** What packages of others come to is not ours. */
const EXTERNAL = ['openai', 'aws4fetch', '@rgrove/parse-xml', 'ignore', 'fastest-levenshtein'].map(
  (name) => `--external:${name}`,
);

/** esbuild gives ES modules no `require`, which two dependencies that are CommonJS ask for builtins of Node. */
const BANNER =
  "--banner:js=import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);";

/** Bundles each program by esbuild and by Vite, as ES modules and as CommonJS, and runs it where nothing is installed. */
export function smokeBundles(workshop: Workshop): void {
  const folder = workshop.install('bundles', [...workshop.packages, 'esbuild@0.28.2', 'vite@8.3.8']);
  const bin = (name: string): string => join(folder, 'node_modules/.bin', name);
  for (const [title, source] of Object.entries(PROGRAMS)) {
    const name = title.replaceAll(/\W+/g, '-');
    writeFileSync(join(folder, `${name}.js`), `${source}\n${RUN}`);
    for (const format of ['esm', 'cjs'] as const) {
      const ending = format === 'esm' ? 'mjs' : 'cjs';
      const esbuilt = `bare/${name}/esbuild.${ending}`;
      mkdirSync(join(folder, `bare/${name}`), { recursive: true });
      run(
        bin('esbuild'),
        [
          `${name}.js`,
          '--bundle',
          '--platform=node',
          `--format=${format}`,
          `--outfile=${esbuilt}`,
          '--log-level=error',
          ...(format === 'esm' ? [BANNER] : []),
        ],
        folder,
      );
      writeFileSync(join(folder, 'vite.config.js'), viteConfig(name, format, ending));
      run(bin('vite'), ['build', '--logLevel', 'error'], folder);
      for (const bundler of ['esbuild', 'vite']) {
        // Where nothing is installed.
        const bare = workshop.bare(`${name}-${bundler}-${format}`, join(folder, `bare/${name}`));
        const said = run(process.execPath, [`${bundler}.${ending}`], bare);
        if (!said.includes('it runs')) throw new Error(`${title}, ${bundler}, ${format}: ${said}`);
      }
    }
    console.log(`${title}: bundled by esbuild and vite, as ESM and CJS, and ran`);
  }
  for (const [from, name, most] of PARTS) {
    writeFileSync(join(folder, 'part.js'), `export { ${name} } from '${from}';`);
    const bundled = run(
      bin('esbuild'),
      ['part.js', '--bundle', '--minify', '--platform=node', '--format=esm', ...EXTERNAL],
      folder,
    );
    if (bundled.length > most) throw new Error(`${name} of ${from} alone comes to ${bundled.length} bytes`);
    console.log(`${name} of ${from} alone: ${bundled.length} bytes`);
  }
}

function viteConfig(name: string, format: 'esm' | 'cjs', ending: string): string {
  return `export default {
    ssr: { noExternal: true, target: 'node' },
    build: { ssr: '${name}.js', outDir: 'bare/${name}', emptyOutDir: false, minify: false, rollupOptions: { output: {
      format: '${format}', entryFileNames: 'vite.${ending}', chunkFileNames: 'vite-[name]-[hash].${ending}' } } },
  };`;
}
