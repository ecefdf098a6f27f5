// The search cases of the contract, on the layer over every kind of vault that has no search of its own, and over one that has.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type ConformanceHarness, testBackend } from '@f9/conformance';
import { type FileBackend, MemoryFileBackend, MemoryStore } from '@f9/core';
import { backendOf, layer } from '@f9/core/driver';
import { GitSyncFileBackend } from '@f9/git';
import { LocalFileBackend } from '@f9/local';
import { createVectorStore, OpenAIVectorStoreFileBackend } from '@f9/openai';
import { startServer } from '@f9/openai-server';
import { afterAll, describe, test } from 'vitest';
import { withSearch } from '../src/index.ts';

const folders: string[] = [];
const server = await startServer({ apiKey: 'sk-layer', unkind: false });
afterAll(async () => {
  await server.close();
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** How to open a vault again and again, in a folder of its own. */
const KINDS: Readonly<Record<string, (folder: string) => Promise<() => FileBackend>>> = {
  memory: async () => {
    const store = new MemoryStore();
    return () => new MemoryFileBackend({ store });
  },
  folder: async (folder) => () => new LocalFileBackend({ root: join(folder, 'files') }),
  git: async (folder) => {
    const remote = join(folder, 'remote.git');
    execFileSync('git', ['init', '--quiet', '--bare', '--initial-branch=main', remote]);
    const remoteUrl = pathToFileURL(remote).href;
    return () => new GitSyncFileBackend({ remoteUrl, path: join(folder, 'clone') });
  },
  'vector store': async () => {
    const options = { apiKey: 'sk-layer', baseURL: server.url };
    const vectorStoreId = await createVectorStore({ ...options, name: 'layer' });
    return () => new OpenAIVectorStoreFileBackend({ ...options, vectorStoreId });
  },
};

for (const [name, kind] of Object.entries(KINDS)) {
  const harness: ConformanceHarness = {
    name: `search over ${name}`,
    withoutProcesses: 'those of the vault below are proven by its own package',
    createStore: async () => {
      const folder = mkdtempSync(join(tmpdir(), 'f9-layer-'));
      folders.push(folder);
      mkdirSync(join(folder, 'files'));
      const open = await kind(folder);
      return { createBackend: () => closingBoth(open(), join(folder, 'index.db')) };
    },
  };
  await testBackend({ describe: onlySearch, test }, harness);
}

/** The rest of the contract is that of the vault below. */
function onlySearch(name: string, body: () => void): void {
  if (name === 'search' || name.startsWith('f9 contract')) describe(name, body);
}

/** The layer leaves its vault open; the contract wants nothing left. */
function closingBoth(inner: FileBackend, path: string): FileBackend {
  const vault = withSearch(inner, { path });
  return backendOf(
    layer(vault.driver, {
      [Symbol.asyncDispose]: async () => {
        await vault[Symbol.asyncDispose]();
        await inner[Symbol.asyncDispose]();
      },
    }),
  );
}
