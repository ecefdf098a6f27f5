// The search cases of the contract, on the layer over a kind of vault; the rest of the contract is that of the vault itself.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { testBackend } from '@f9/conformance';
import type { FileBackend } from '@f9/core';
import { backendOf, layer } from '@f9/core/driver';
import { describe, test } from 'vitest';
import { withSearch } from '../src/index.ts';

/** @param kind makes a vault, which is then opened again and again; it may use a folder of its own */
export async function proveLayer(
  name: string,
  kind: (folder: string) => (() => FileBackend) | Promise<() => FileBackend>,
): Promise<void> {
  await testBackend(
    { describe: onlySearch, test },
    {
      name: `search over ${name}`,
      withoutProcesses: 'those of the vault below are proven by its own package',
      createStore: async () => {
        const folder = mkdtempSync(join(tmpdir(), 'f9-layer-'));
        mkdirSync(join(folder, 'files'));
        const open = await kind(join(folder, 'files'));
        return {
          createBackend: () => closingBoth(open(), join(folder, 'index.db')),
          dispose: () => rmSync(folder, { recursive: true, force: true }),
        };
      },
    },
  );
}

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
