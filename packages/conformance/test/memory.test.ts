import { testBackend } from '@f9/conformance';
import { MemoryFileBackend, MemoryStore } from '@f9/core';
import { describe, test } from 'vitest';

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
