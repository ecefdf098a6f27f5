// Run by runners.slow.test.ts with `node --test`.
import { describe, test } from 'node:test';
import { testBackend } from '@f9/conformance';
import { MemoryFileBackend, MemoryStore } from '@f9/core';

await testBackend(
  { describe, test },
  {
    withoutProcesses: 'it is in memory',
    createStore: () => {
      const store = new MemoryStore();
      return { createBackend: () => new MemoryFileBackend({ store }) };
    },
  },
);
