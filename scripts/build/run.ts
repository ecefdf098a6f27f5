// The build of the package in this folder: declarations by tsc, a file for each source, and the programs by rolldown, a file for each door:
// Node reads and links a few files in a third of the time that hundreds take.
import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import { rolldown } from 'rolldown';
import { addressed, entries, type Manifest } from './sources.ts';
import { unusedValues } from './unused-values.ts';

const SOURCES = resolve('src');
const fileOf = (source: string): string => resolve(SOURCES, `${source}.ts`);
const sourceOf = (file: string): string => relative(SOURCES, file).replaceAll('\\', '/').replace(/\.ts$/, '');

rmSync('dist', { recursive: true, force: true });
const isWindows = process.platform === 'win32';
const { status } = spawnSync('tsc', ['-p', 'tsconfig.build.json', '--emitDeclarationOnly'], {
  stdio: 'inherit',
  shell: isWindows,
});
if (status !== 0) process.exit(status ?? 1);

const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as Manifest;
const placed = new Set(addressed(SOURCES));
const bundle = await rolldown({
  input: Object.fromEntries(entries(manifest).map((source) => [source, fileOf(source)])),
  // Of other packages there is one copy, the one that is installed; only what the compiler itself needs is taken in.
  external: (id) => !/^(?:[./]|[A-Z]:|@oxc-project\/runtime\/)/.test(id),
  platform: 'node',
  tsconfig: false,
  plugins: [unusedValues()],
  transform: { target: 'es2023' },
  // How long a build takes says nothing of what it makes: a busy machine is no failure.
  checks: { bundlerTimings: false },
  onLog: (_level, { message }) => {
    throw new Error(message);
  },
});
const { output } = await bundle.write({
  dir: 'dist',
  format: 'es',
  entryFileNames: '[name].js',
  chunkFileNames: ({ name }) => (placed.has(name) ? '[name].js' : 'chunks/[name].js'),
  // What asks for its own address stays where it is among the sources.
  codeSplitting: {
    groups: [
      {
        debugName: 'addressed',
        name: (id) => (placed.has(sourceOf(id)) ? sourceOf(id) : null),
      },
    ],
  },
  comments: { jsdoc: false },
  sourcemap: true,
  // The sources are published as well.
  sourcemapExcludeSources: true,
});
await bundle.close();
for (const chunk of output) {
  if (chunk.type !== 'chunk') continue;
  for (const source of chunk.moduleIds.map(sourceOf)) {
    if (placed.has(source) && chunk.fileName !== `${source}.js`)
      throw new Error(`${source} asks for its own address, but was moved into ${chunk.fileName}`);
  }
}
