import { inspect } from 'node:util';
import { expect, test } from 'vitest';
import { layer, SyncDriverBackend } from '../src/driver/index.ts';
import { MemoryFileBackend } from '../src/index.ts';

test('printing a backend shows what it is, and nothing of where it lies or how it is reached', async () => {
  const memory = new MemoryFileBackend();
  await memory.create('s3cr3t.txt');
  const driver = Object.assign(
    layer(memory.driver, {
      sync: {
        pull: async () => undefined,
        push: async () => undefined,
        conflicts: async () => [],
        resolve: async () => undefined,
      },
    }),
    { token: 's3cr3t' },
  );
  for (const backend of [memory, new SyncDriverBackend(driver), await memory.syncSession()]) {
    const shown = inspect(backend, { depth: null, showHidden: true });
    expect(shown).toBe(`${backend.constructor.name} { name: 'memory' }`);
    expect(JSON.parse(JSON.stringify(backend))).toEqual({
      name: 'memory',
      capabilities: JSON.parse(JSON.stringify(backend.capabilities)),
    });
    expect(`${shown} ${JSON.stringify(backend)} ${backend}`).not.toContain('s3cr3t');
  }
});
