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
  'the command': `
    import { run } from '@f9/cli';
    export async function main() {
      const io = { stdin: process.stdin, stdout: process.stdout, stderr: process.stderr, env: process.env, cwd: process.cwd(), signal: new AbortController().signal };
      if ((await run(['ls'], io)) !== 0) throw new Error('it failed');
    }`,
};

const RUN = `main().then(() => console.log('it runs'), (error) => { console.error(error); process.exitCode = 1; });`;

/** Optional packages: a program without them brings its own word for what is missing. */
const OUTSIDE = ['blake3', '@f9/postgres', '@f9/s3'];

/** esbuild gives ES modules no `require`, which two dependencies that are CommonJS ask for builtins of Node. */
const BANNER =
  "--banner:js=import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);";

/** Bundles each program by esbuild and by Vite, as ES modules and as CommonJS, and runs it where nothing is installed. */
export function smokeBundles(workshop: Workshop): void {
  const folder = workshop.install('bundles', [
    ...workshop.packages.filter((name) => !OUTSIDE.includes(name)),
    'esbuild@0.28.2',
    'vite@8.3.8',
  ]);
  const bin = (name: string): string => join(folder, 'node_modules/.bin', name);
  for (const [title, source] of Object.entries(PROGRAMS)) {
    const name = title.replaceAll(/\W+/g, '-');
    writeFileSync(join(folder, `${name}.js`), `${source}\n${RUN}`);
    for (const format of ['esm', 'cjs'] as const) {
      const ending = format === 'esm' ? 'mjs' : 'cjs';
      const esbuilt = `bare/${name}/esbuild.${ending}`;
      mkdirSync(join(folder, `bare/${name}`), { recursive: true });
      const external = OUTSIDE.map((outside) => `--external:${outside}`);
      run(
        bin('esbuild'),
        [
          `${name}.js`,
          '--bundle',
          '--platform=node',
          `--format=${format}`,
          `--outfile=${esbuilt}`,
          '--log-level=error',
          ...external,
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
}

function viteConfig(name: string, format: 'esm' | 'cjs', ending: string): string {
  return `export default {
    ssr: { noExternal: true, external: ${JSON.stringify(OUTSIDE)}, target: 'node' },
    build: { ssr: '${name}.js', outDir: 'bare/${name}', emptyOutDir: false, minify: false, rollupOptions: { output: {
      format: '${format}', entryFileNames: 'vite.${ending}', chunkFileNames: 'vite-[name]-[hash].${ending}' } } },
  };`;
}
