import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A blank folder in which somebody installs f9 and runs a few lines. */
export interface Blank {
  /** Names of f9 packages and examples to install, as tarballs. */
  readonly install: readonly string[];
  /** Packages that must not come with them. */
  readonly without?: readonly string[];
  /** MB that all of it takes at most. */
  readonly limit?: number;
  /** A program that fails loudly; run as an ES module with Node. */
  readonly program: string;
}

/** A package and all of f9 that it brings: npm would look for them in the registry, where they are not yet. */
function withDependencies(name: string, found = new Set<string>()): readonly string[] {
  if (found.has(name)) return [];
  found.add(name);
  const manifest = readFileSync(join('packages', name.replace('@f9/', ''), 'package.json'), 'utf8');
  const { dependencies = {} } = JSON.parse(manifest) as { readonly dependencies?: Record<string, string> };
  for (const each of Object.keys(dependencies)) if (each.startsWith('@f9/')) withDependencies(each, found);
  return [...found];
}

export const BLANKS: Readonly<Record<string, Blank>> = {
  'core and local alone': {
    install: ['@f9/core', '@f9/local'],
    without: ['@f9/git', '@f9/openai', 'openai'],
    program: `
      import assert from 'node:assert/strict';
      import { LocalFileBackend } from '@f9/local';
      await using vault = await LocalFileBackend.open({ root: './vault' });
      await vault.create('notes/today.md', { data: 'hello' });
      assert.equal(await vault.read('notes/today.md', { binary: false }), 'hello');
      assert.deepEqual(await vault.glob('**/*.md'), ['notes/today.md']);
      const blake3 = await vault.checksum('notes/today.md', { algorithm: 'blake3' });
      assert.equal(blake3, 'ea8f163db38682925e4491c5e58d4bb3506ef8c14eb78a86e908c5624a67200f');
    `,
  },
  'factory and local': {
    install: ['@f9/core', '@f9/local', '@f9/factory'],
    without: ['@f9/git', '@f9/openai', 'openai'],
    program: `
      import assert from 'node:assert/strict';
      import { resolveBackend } from '@f9/factory';
      await using vault = await resolveBackend('file://vault');
      await vault.create('a.txt', { data: 'a' });
      assert.equal(await vault.exists('a.txt'), true);
      await assert.rejects(resolveBackend('git+https://example.invalid/a/b@main'), /npm install @f9\\/git/);
      await assert.rejects(resolveBackend('openai+vector://vs_1'), /npm install @f9\\/openai/);
    `,
  },
  'the command without the vector store': {
    install: withDependencies('@f9/cli'),
    without: ['@f9/openai', 'openai', '@f9/mcp'],
    limit: 15,
    program: `
      import assert from 'node:assert/strict';
      import { spawnSync } from 'node:child_process';
      const f9 = (...argv) => spawnSync('npx', ['f9', ...argv], { encoding: 'utf8', input: 'Apples ripen in September.\\n' });
      assert.equal(f9('write', 'notes/apples.md').status, 0);
      assert.equal(f9('mirror', 'notes', 'sqlite:./notes.db').status, 0);
      assert.match(f9('search', 'apples', 'sqlite:./notes.db').stdout, /apples\\.md/);
      assert.equal(f9('doctor').status, 0);
      for (const argv of [['ls', 'openai+vector://vs_1'], ['mcp', '.']]) {
        const { status, stderr } = f9(...argv);
        assert.equal(status, 1);
        assert.match(stderr, /npm install -g @f9\\/(openai|mcp) \\(UNSUPPORTED\\)/);
      }
    `,
  },
  'the server of agents': {
    install: withDependencies('@f9/mcp'),
    without: ['@f9/openai', 'openai'],
    program: `
      import assert from 'node:assert/strict';
      import { execFileSync, spawn } from 'node:child_process';
      import { mkdirSync } from 'node:fs';
      import { join } from 'node:path';
      import { createInterface } from 'node:readline';
      mkdirSync('notes');
      execFileSync('git', ['init', '--quiet', '--bare', '--initial-branch=main', 'notes.git']);
      const repository = 'git+file://' + join(process.cwd(), 'notes.git') + '@main?path=' + join(process.cwd(), 'clone');
      for (const vault of ['notes', repository, 'sqlite:./notes.db']) {
        const server = spawn('npx', ['f9-mcp', vault], { stdio: ['pipe', 'pipe', 'inherit'] });
        const lines = createInterface({ input: server.stdout })[Symbol.asyncIterator]();
        const ask = async (id, method, params) => {
          server.stdin.write(JSON.stringify({ jsonrpc: '2.0', id, method, params }) + '\\n');
          const { value } = await lines.next();
          return JSON.parse(value).result;
        };
        const call = async (id, name, input) => (await ask(id, 'tools/call', { name, arguments: input })).content[0].text;
        const clientInfo = { name: 'smoke', version: '1' };
        await ask(1, 'initialize', { protocolVersion: '2025-11-25', capabilities: {}, clientInfo });
        await call(2, 'write_file', { path: '/garden.md', content: 'Tomatoes need water.' });
        assert.equal(await call(3, 'read_text_file', { path: '/garden.md' }), 'Tomatoes need water.', vault);
        server.stdin.end();
      }
    `,
  },
  'every package': {
    install: [...readdirSync('packages').map((name) => `@f9/${name}`), ...optionalPeers()],
    program: `
      import assert from 'node:assert/strict';
      import { execFileSync } from 'node:child_process';
      for (const door of ${JSON.stringify(doors())}) {
        assert.ok(Object.keys(await import(door)).length > 0, door + ' exports nothing');
      }
      assert.match(execFileSync('npx', ['f9', '--help'], { encoding: 'utf8' }), /mirror/);
    `,
  },
  'a third-party backend': {
    install: ['@f9/core', '@f9/conformance', 'examples/plugin-sqlite'],
    without: ['@f9/local', '@f9/git', '@f9/openai'],
    // Its own tests run here too, on another runner than the one it is developed with, and in other processes.
    program: `
      import { writeFileSync } from 'node:fs';
      import { mkdtemp, rm } from 'node:fs/promises';
      import { tmpdir } from 'node:os';
      import { join } from 'node:path';
      import { describe, test } from 'node:test';
      import { testBackend } from '@f9/conformance';
      import { SqliteFileBackend } from 'f9-backend-sqlite';
      const opener = new URL('open-store.mjs', import.meta.url);
      writeFileSync(opener, \`
        import { SqliteFileBackend } from 'f9-backend-sqlite';
        export default (options) => new SqliteFileBackend(options);
      \`);
      await testBackend({ describe, test }, {
        createStore: async () => {
          const folder = await mkdtemp(join(tmpdir(), 'f9-smoke-sqlite-'));
          const options = { path: join(folder, 'vault.db') };
          return {
            createBackend: () => new SqliteFileBackend(options),
            processModule: { url: opener, data: options },
            dispose: () => rm(folder, { recursive: true }),
          };
        },
      });
    `,
  },
};

/** What packages of others some door works with, where it is there. */
function optionalPeers(): string[] {
  return readdirSync('packages').flatMap((folder) => {
    const { peerDependencies = {} } = JSON.parse(
      readFileSync(join('packages', folder, 'package.json'), 'utf8'),
    ) as {
      peerDependencies?: Record<string, string>;
    };
    return Object.entries(peerDependencies)
      .filter(([name]) => !name.startsWith('@f9/'))
      .map(([name, range]) => `${name}@${range}`);
  });
}

/** What can be imported of all packages: `@f9/core`, `@f9/core/driver`, ... */
function doors(): string[] {
  return readdirSync('packages').flatMap((folder) => {
    const manifest = JSON.parse(readFileSync(join('packages', folder, 'package.json'), 'utf8')) as {
      name: string;
      exports: Record<string, unknown>;
    };
    return Object.keys(manifest.exports)
      .filter((path) => !path.endsWith('.json'))
      .map((path) => join(manifest.name, path));
  });
}
