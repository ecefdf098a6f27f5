import type { PromiseId } from '@f9/conformance';
import type { FileBackend } from '@f9/core';
import type { DriverChanges } from '@f9/core/driver';
import { expect, test } from 'vitest';
import { failuresOf } from './faults/fault.ts';
import { changed, memoryHarness } from './variants.ts';

const never = new Promise<never>(() => undefined);

/** What hangs, where the suite meets it first, and how it is told. */
const HANGS: Record<string, { changes: DriverChanges; promise: PromiseId; told: RegExp }> = {
  'a write': {
    changes: { append: () => never },
    promise: 'append.adds',
    told: /It hangs: update\("[^"]+"\) is pending for \d+ ms, called at .*groups\/update\.ts:\d+:\d+/,
  },
  'a stream that yields no second block': {
    changes: {
      // biome-ignore lint/correctness/useYield: it never comes to that
      read: async function* () {
        await never;
      },
    },
    promise: 'stream.chunk-size',
    told: /It hangs: streamRead\("[^"]+"\)\..* is pending for \d+ ms, called at .*conformance\/src\//,
  },
  'a listing': {
    changes: {
      // biome-ignore lint/correctness/useYield: it never comes to that
      list: async function* () {
        await never;
      },
    },
    promise: 'list.children',
    told: /It hangs: list\(.*\.next\(\) is pending for \d+ ms, called at .*conformance\/src\//,
  },
  'an operation within a session': {
    changes: { move: () => never },
    promise: 'session.interface',
    told: /It hangs: session\.\w+\("[^"]*"\) is pending for \d+ ms, called at .*groups\/sessions\.ts:\d+:\d+/,
  },
};

for (const [what, { changes, promise, told }] of Object.entries(HANGS)) {
  test(`${what} that never ends ends the case, with its name and line`, async () => {
    const harness = memoryHarness(what, (inner) => changed(inner, changes));
    const failures = await failuresOf({ ...harness, patience: 100 }, promise);
    expect([...failures.values()].join('\n')).toMatch(told);
  });
}

test('a disposal that never ends ends the case as well, and the store is still removed', async () => {
  let removed = 0;
  let opened = 0;
  const inner = memoryHarness('never disposed', (backend) =>
    opened++ === 0 ? backend : undisposable(backend),
  );
  const failures = await failuresOf(
    {
      ...inner,
      patience: 100,
      createStore: async () => ({ ...(await inner.createStore()), dispose: () => void removed++ }),
    },
    'create.file',
  );
  const messages = [...failures.values()];
  expect(messages).not.toEqual([]);
  for (const message of messages) expect(message).toMatch(/It hangs: dispose\(\) is pending for \d+ ms/);
  expect(removed).toBe(messages.length + 1);
});

test('a backend that cannot even be opened is told before any case', async () => {
  const harness = memoryHarness('never open', (inner) => changed(inner, { open: () => never }));
  await expect(failuresOf({ ...harness, patience: 100 }, 'create.file')).rejects.toThrow(
    /It hangs: exists\("\/"\) is pending/,
  );
});

test('a hook of the harness that never ends is named', async () => {
  let stores = 0;
  const inner = memoryHarness('no second store', (backend) => backend);
  const createStore = (): ReturnType<typeof inner.createStore> =>
    stores++ === 0 ? inner.createStore() : never;
  const failures = await failuresOf({ ...inner, patience: 100, createStore }, 'create.file');
  expect([...failures.values()].join('\n')).toMatch(/It hangs: createStore\(\) is pending/);
});

function undisposable(backend: FileBackend): FileBackend {
  return Object.assign(backend, { [Symbol.asyncDispose]: () => never });
}
