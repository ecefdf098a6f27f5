import fs from 'node:fs';
import { dirname, join } from 'node:path';
import { type ConformanceStore, testBackend } from '@f9/conformance';
import { describe, test } from 'vitest';
import { LocalFileBackend, type LocalFileBackendOptions } from '../../src/index.ts';
import { openFiles } from './open-files.ts';
import { makeFolder } from './temporary-folder.ts';

/** Registers the whole contract, for one way of doing I/O. */
export async function testContract(io: 'auto' | 'async'): Promise<void> {
  await testBackend(
    { describe, test },
    { name: `local, io: ${io}`, createStore: () => createStore(io), resources: () => openFiles().length },
  );
}

function createStore(io: 'auto' | 'async'): ConformanceStore {
  const folder = makeFolder();
  const root = join(folder, 'vault');
  fs.mkdirSync(root);
  const options: LocalFileBackendOptions = { root, io, durability: 'none' };
  return {
    createBackend: () => new LocalFileBackend(options),
    processModule: { url: new URL('open-vault.ts', import.meta.url), data: options },
    secrets: [folder],
    createSymlink: (target, path) => {
      fs.mkdirSync(dirname(join(root, path)), { recursive: true });
      fs.symlinkSync(target, join(root, path));
    },
    dispose: () => fs.rmSync(folder, { recursive: true }),
  };
}
