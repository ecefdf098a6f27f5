import { testBackend } from '@f9/conformance';
import { MemoryFileBackend, MemoryStore, subdirectory } from '@f9/core';
import { MAX_PATH_BYTES } from '@f9/core/driver';
import { describe, test } from 'vitest';
import { sparing } from '../../../scripts/test/daily.ts';
import { mount } from '../src/index.ts';

await testBackend(sparing({ describe, test }, 1), {
  name: 'a vault mounted at the root',
  withoutProcesses: 'it is in memory',
  createStore: () => {
    const store = new MemoryStore();
    return { createBackend: () => mount({ '/': new MemoryFileBackend({ store }) }) };
  },
});

await testBackend(sparing({ describe, test }, 1), {
  name: 'a vault mounted inside of another, between two more',
  withoutProcesses: 'they are in memory',
  longestPath: MAX_PATH_BYTES - 'b/vault/'.length,
  createStore: () => {
    const stores = Array.from({ length: 4 }, () => new MemoryStore());
    return {
      createBackend: () => {
        const [root, before, vault, after] = stores.map((store) => new MemoryFileBackend({ store }));
        const tree = mount({ '/': root!, '/a': before!, '/b/vault': vault!, '/b/vault2': after! });
        return subdirectory(tree, 'b/vault');
      },
    };
  },
});
