import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type FileBackend, MemoryFileBackend } from '@f9/core';
import { LocalFileBackend } from '@f9/local';
import { type RollupFsModule, rollup } from 'rollup';
import { expect, test } from 'vitest';
import { createFs } from '../src/index.ts';

/** Rollup's type wants `mkdir` to give nothing; Node's gives the directory that it made. */
function fsOf(backend: FileBackend): RollupFsModule {
  return createFs(backend) as RollupFsModule;
}

async function bundle(backend: FileBackend): Promise<string> {
  await backend.create('src/main.js', {
    data: "import { greet } from './lib/greet.js';\nexport { greet };\nexport const load = () => import('./later.js');\n",
  });
  await backend.create('src/lib/greet.js', {
    data: "import { name } from './name.js';\nexport const greet = () => 'Hello, ' + name;\nexport const unused = 1;\n",
  });
  await backend.create('src/lib/name.js', { data: "export const name = 'vault';\n" });
  await backend.create('src/later.js', { data: 'export default 42;\n' });
  const build = await rollup({ input: '/src/main.js', fs: fsOf(backend) });
  await build.write({ dir: '/dist', format: 'es', entryFileNames: 'main.js', chunkFileNames: 'later.js' });
  await build.close();
  return await backend.read('dist/main.js', { binary: false });
}

test.each<[string, () => Promise<{ backend: FileBackend; cleanup: () => Promise<void> }>]>([
  ['memory', async () => ({ backend: new MemoryFileBackend(), cleanup: async () => undefined })],
  [
    'a folder',
    async () => {
      const root = await mkdtemp(join(tmpdir(), 'f9-rollup-'));
      return {
        backend: new LocalFileBackend({ root }),
        cleanup: () => rm(root, { recursive: true, force: true }),
      };
    },
  ],
])('Rollup bundles a program out of %s, and into it', async (_, open) => {
  const { backend, cleanup } = await open();
  try {
    const code = await bundle(backend);
    expect(code).toContain("const name = 'vault'");
    expect(code).not.toContain('unused');
    expect(await backend.globFiles('dist/*')).toEqual(['dist/later.js', 'dist/main.js']);
    const program: { greet(): string } = await import(`data:text/javascript,${encodeURIComponent(code)}`);
    expect(program.greet()).toBe('Hello, vault');
  } finally {
    await backend[Symbol.asyncDispose]();
    await cleanup();
  }
});

test('what Rollup cannot find, it says', async () => {
  const backend = new MemoryFileBackend();
  await backend.create('main.js', { data: "import './none.js';" });
  await expect(rollup({ input: '/main.js', fs: fsOf(backend) })).rejects.toThrow(
    'Could not resolve "./none.js"',
  );
});
