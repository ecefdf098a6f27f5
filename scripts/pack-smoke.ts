// What people install: packs every package, lints the tarballs, installs them with npm in blank folders outside the workspace, and
// runs a few lines there. The tests read the sources; this is the proof for what is published.
import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

interface Blank {
  /** Names of f9 packages and examples to install, as tarballs. */
  readonly install: readonly string[];
  /** Packages that must not come with them. */
  readonly without?: readonly string[];
  /** A program that fails loudly; run as an ES module with Node. */
  readonly program: string;
}

const BLANKS: Record<string, Blank> = {
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
    // Its own tests run here too, on another runner than the one it is developed with.
    program: `
      import { mkdtemp, rm } from 'node:fs/promises';
      import { tmpdir } from 'node:os';
      import { join } from 'node:path';
      import { describe, test } from 'node:test';
      import { testBackend } from '@f9/conformance';
      import { SqliteFileBackend } from 'f9-backend-sqlite';
      await testBackend({ describe, test }, {
        createStore: async () => {
          const folder = await mkdtemp(join(tmpdir(), 'f9-smoke-sqlite-'));
          return {
            createBackend: () => new SqliteFileBackend({ path: join(folder, 'vault.db') }),
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

const workplace = mkdtempSync(join(tmpdir(), 'f9-smoke-'));
const tarballs = new Map<string, string>();
try {
  packAll();
  for (const [title, blank] of Object.entries(BLANKS)) install(title, blank);
} finally {
  rmSync(workplace, { recursive: true, force: true });
}

function packAll(): void {
  const folders = [
    ...readdirSync('packages').map((name) => join('packages', name)),
    'examples/plugin-sqlite',
  ];
  for (const folder of folders) {
    const { name } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { name: string };
    const tarball = join(workplace, `${name.replace('@', '').replace('/', '-')}.tgz`);
    run('pnpm', ['pack', '--out', tarball], folder);
    run('publint', ['run', '--strict', tarball]);
    // The command is a program: nobody imports its types.
    if (name !== '@f9/cli') run('attw', [tarball, '--profile', 'esm-only', '--quiet']);
    tarballs.set(folder.startsWith('packages') ? name : folder, tarball);
    console.log(`packed ${name}: ${Math.ceil(statSync(tarball).size / 1024)} KiB`);
  }
}

function install(title: string, { install, without = [], program }: Blank): void {
  const folder = join(workplace, title.replaceAll(' ', '-'));
  mkdirSync(folder);
  writeFileSync(
    join(folder, 'package.json'),
    JSON.stringify({ name: 'blank', private: true, type: 'module' }),
  );
  run(
    'npm',
    [
      'install',
      '--no-audit',
      '--no-fund',
      '--loglevel=error',
      ...install.map((name) => tarballs.get(name) ?? name),
    ],
    folder,
  );
  for (const name of without) {
    if (existsSync(join(folder, 'node_modules', name))) throw new Error(`${title}: ${name} came along`);
  }
  writeFileSync(join(folder, 'program.mjs'), program);
  run(process.execPath, ['program.mjs'], folder);
  const packages = run('npm', ['ls', '--all', '--parseable'], folder).trim().split('\n').length - 1;
  console.log(
    `${title}: installed and ran; ${packages} packages, ${megabytes(join(folder, 'node_modules'))} MB`,
  );
}

function megabytes(folder: string): string {
  let bytes = 0;
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) bytes += statSync(join(entry.parentPath, entry.name)).size;
  }
  return (bytes / 1e6).toFixed(1);
}

function run(command: string, args: readonly string[], cwd = '.'): string {
  try {
    // Tools of the workspace, also from folders outside it.
    const PATH = `${resolve('node_modules/.bin')}:${process.env.PATH}`;
    return execFileSync(command, args, {
      cwd,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, PATH },
    });
  } catch (error) {
    const { stdout, stderr } = error as { stdout?: string; stderr?: string };
    throw new Error(`${command} ${args.join(' ')} failed:\n${stdout ?? ''}${stderr ?? ''}`, { cause: error });
  }
}
