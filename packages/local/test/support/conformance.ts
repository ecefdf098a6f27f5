import fs from 'node:fs';
import { dirname, join } from 'node:path';
import {
  type ConformanceHarness,
  type ConformanceRunner,
  type ConformanceStore,
  inSubdirectory,
  testBackend,
} from '@f9/conformance';
import { describe, test } from 'vitest';
import { sparing } from '../../../../scripts/test/daily.ts';
import { LocalFileBackend, type LocalFileBackendOptions } from '../../src/index.ts';
import { openFiles } from './open-files.ts';
import { everything, makeFolder } from './temporary-folder.ts';

/** Registers the contract, for one way of doing I/O: the whole of it, or what `describe` lets through, of a folder or a part of one. */
export async function testContract(
  io: 'auto' | 'async',
  { part, ...runner }: { readonly part?: string; readonly describe?: ConformanceRunner['describe'] } = {},
): Promise<void> {
  const harness: ConformanceHarness = {
    name: `local, io: ${io}`,
    createStore: () => createStore(io),
    createMissing: () => createMissing(io),
    resources: () => openFiles().length,
  };
  const chosen = { describe, test, ...runner };
  await testBackend(
    // The calls are the same, wherever they are made.
    sparing(chosen, io === 'auto' ? 1 : 8),
    part === undefined ? harness : inSubdirectory(harness, part),
  );
}

function createMissing(io: 'auto' | 'async'): ConformanceStore {
  const folder = makeFolder();
  return {
    createBackend: () => new LocalFileBackend({ root: join(folder, 'vault'), createRoot: false, io }),
    secrets: [folder],
    dispose: () => {
      // Not even the folder was made.
      fs.rmdirSync(folder);
    },
  };
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
    leftovers: () => everything(root).filter((path) => path.startsWith('.f9/')),
    createSymlink: (target, path) => {
      fs.mkdirSync(dirname(join(root, path)), { recursive: true });
      fs.symlinkSync(target, join(root, path));
    },
    dispose: () => fs.rmSync(folder, { recursive: true }),
  };
}
