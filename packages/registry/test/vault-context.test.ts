import { setTimeout as sleep } from 'node:timers/promises';
import { type FileBackend, isSyncFileBackend, MemoryFileBackend } from '@f9/core';
import { layer, SyncDriverBackend } from '@f9/core/driver';
import { expect, test } from 'vitest';
import {
  activeVault,
  defaultRegistry,
  registerVault,
  VaultContext,
  VaultRegistry,
  vaultContext,
} from '../src/index.ts';

function registryOf(...names: string[]): VaultRegistry {
  return VaultRegistry.fromConfig(Object.fromEntries(names.map((name) => [name, new MemoryFileBackend()])));
}

test("hundreds of requests at once never see each other's vault", async () => {
  const names = Array.from({ length: 20 }, (_, i) => `vault-${i}`);
  const registry = registryOf(...names);
  const vault = new VaultContext(registry);
  const requests = Array.from({ length: 400 }, async (_, i) => {
    const name = names[i % names.length]!;
    await vaultContext(
      name,
      async () => {
        await sleep((i * 7) % 5);
        await vault.create(`${i}.txt`, { data: name });
        await Promise.all([sleep((i * 3) % 4), new Promise((resolve) => setImmediate(resolve))]);
        expect(activeVault(registry)?.name).toBe(name);
        expect(await vault.read(`${i}.txt`, { binary: false })).toBe(name);
      },
      { registry },
    );
  });
  await Promise.all(requests);
  for (const [n, name] of names.entries()) {
    const files = await (await registry.get(name)).globFiles('*');
    expect(files).toHaveLength(20);
    expect(files.every((file) => Number.parseInt(file, 10) % names.length === n)).toBe(true);
  }
});

test('nested contexts restore what was active, also after a failure', async () => {
  const registry = registryOf('outer', 'inner');
  const name = (): string | undefined => activeVault(registry)?.name;
  const seen: (string | undefined)[] = [name()];
  await vaultContext(
    'outer',
    async () => {
      seen.push(name());
      await vaultContext('inner', async () => void seen.push(name()), { registry });
      seen.push(name());
      const failing = vaultContext('inner', () => Promise.reject(new Error('no')), { registry });
      await expect(failing).rejects.toThrow('no');
      seen.push(name());
    },
    { registry },
  );
  seen.push(name());
  expect(seen).toEqual([undefined, 'outer', 'inner', 'outer', 'outer', undefined]);
});

test('the body gets the vault and gives its result', async () => {
  const registry = registryOf('notes');
  const notes = await registry.get('notes');
  expect(await vaultContext('notes', (vault) => vault === notes, { registry })).toBe(true);
  await expect(vaultContext('other', () => undefined, { registry })).rejects.toMatchObject({
    code: 'NOT_FOUND',
  });
});

test('registries are apart: each has an active vault of its own', async () => {
  const [one, two] = [registryOf('notes'), registryOf('work')];
  await vaultContext(
    'notes',
    () =>
      vaultContext(
        'work',
        async () => {
          expect([activeVault(one)?.name, activeVault(two)?.name, activeVault()]).toEqual([
            'notes',
            'work',
            undefined,
          ]);
          await new VaultContext(one).create('a.txt');
        },
        { registry: two },
      ),
    { registry: one },
  );
  expect(await (await one.get('notes')).exists('a.txt')).toBe(true);
});

test('the default registry is what is meant where none is named', async () => {
  registerVault('default-notes', new MemoryFileBackend());
  await vaultContext('default-notes', async () => {
    expect(activeVault()).toEqual({
      name: 'default-notes',
      backend: await defaultRegistry.get('default-notes'),
    });
    await new VaultContext().create('a.txt');
  });
  expect(activeVault()).toBeUndefined();
  expect(await (await defaultRegistry.get('default-notes')).exists('a.txt')).toBe(true);
});

test('the active vault answers every operation of a backend', async () => {
  const registry = registryOf('notes');
  const notes = await registry.get('notes');
  const vault = new VaultContext(registry);
  await vaultContext(
    'notes',
    async () => {
      expect([vault.name, vault.capabilities, vault.driver]).toEqual([
        notes.name,
        notes.capabilities,
        notes.driver,
      ]);
      await vault.create('a.txt', { data: 'one' });
      await vault.update('a.txt', { data: ' two', append: true });
      await vault.streamWrite('b.txt', { chunkSource: ['three'] });
      await vault.copy('a.txt', 'd/c.txt');
      await vault.move('b.txt', 'd/e.txt');
      expect(Buffer.from(await vault.read('a.txt')).toString()).toBe('one two');
      expect((await Array.fromAsync(vault.streamRead('d/e.txt', { binary: false }))).join('')).toBe('three');
      expect((await vault.info('a.txt')).size).toBe(7);
      expect(await vault.exists('a.txt')).toBe(true);
      expect((await Array.fromAsync(vault.list('/', { recursive: true }))).map(({ path }) => path)).toEqual([
        'a.txt',
        'd',
        'd/c.txt',
        'd/e.txt',
      ]);
      expect(await vault.checksum('a.txt')).toBe(await notes.checksum('d/c.txt'));
      expect([...(await vault.checksumMany(['a.txt'])).keys()]).toEqual(['a.txt']);
      expect([await vault.glob('*'), await vault.globFiles('*'), await vault.globDirs('*')]).toEqual([
        ['a.txt'],
        ['a.txt'],
        ['d'],
      ]);
      await vault.edit('a.txt', (bytes) => bytes);
      expect((await vault.globInfo('*')).map(({ path }) => path)).toEqual(['a.txt']);
      for await (const { path } of vault.watch('/', {
        interval: 5,
        onReady: () => void notes.create('new'),
      })) {
        expect(path).toBe('new');
        break;
      }
      await notes.delete('new');
      const none = { code: 'UNSUPPORTED' };
      await expect(Array.fromAsync(vault.history('a.txt'))).rejects.toMatchObject(none);
      await expect(vault.restore('a.txt', { version: '1' })).rejects.toMatchObject(none);
      await expect(vault.changesSince(undefined)).rejects.toMatchObject(none);
      await expect(vault.search('x')).rejects.toMatchObject({ code: 'UNSUPPORTED' });
      expect(await vault.syncSession(async (session) => await session.exists('a.txt'))).toBe(true);
      await using session = await vault.syncSession({ timeout: 5 });
      await session.delete('a.txt');
      await vault.delete('d', { recursive: true });
    },
    { registry },
  );
  expect(await Array.fromAsync(notes.list('/'))).toEqual([]);
});

test('a vault with a remote can be pulled and pushed, one without says so', async () => {
  const calls: string[] = [];
  const note = (call: string) => async (): Promise<never[]> => {
    calls.push(call);
    return [];
  };
  const remote = new SyncDriverBackend(
    layer(new MemoryFileBackend().driver, {
      sync: {
        pull: async () => void (await note('pull')()),
        push: async () => void (await note('push')()),
        conflicts: note('conflicts'),
        resolve: async (path) => void (await note(`resolve ${path}`)()),
      },
    }),
  );
  const registry = VaultRegistry.fromConfig({ remote, memory: new MemoryFileBackend() });
  const vault = new VaultContext(registry);
  const all = (): Promise<unknown>[] => [
    vault.pull(),
    vault.push(),
    vault.sync(),
    vault.conflictReport(),
    vault.conflictAcceptLocal('a'),
    vault.conflictAcceptRemote('b'),
    vault.conflictKeepBoth('c'),
    vault.conflictResolve('d', { data: 'x' }),
  ];
  await vaultContext(
    'remote',
    async () => {
      expect(isSyncFileBackend(vault)).toBe(true);
      await Promise.all(all());
    },
    { registry },
  );
  expect(calls.sort()).toEqual(
    [
      'conflicts',
      'pull',
      'pull',
      'push',
      'push',
      ...['a', 'b', 'c', 'd'].map((path) => `resolve ${path}`),
    ].sort(),
  );
  await vaultContext(
    'memory',
    async () => {
      expect(isSyncFileBackend(vault)).toBe(false);
      for (const call of all()) await expect(call).rejects.toMatchObject({ code: 'UNSUPPORTED' });
    },
    { registry },
  );
});

test('outside of a context every call fails, and none of them at once', async () => {
  const vault = new VaultContext(registryOf('notes'));
  const refused = { code: 'INVALID_ARGUMENT', message: expect.stringContaining('vaultContext') };
  const stream = vault.streamRead('a');
  const listing = vault.list();
  const changes = vault.watch();
  await expect(vault.read('a')).rejects.toMatchObject(refused);
  await expect(stream.getReader().read()).rejects.toMatchObject(refused);
  await expect(Array.fromAsync(listing)).rejects.toMatchObject(refused);
  await expect(Array.fromAsync(changes)).rejects.toMatchObject(refused);
  await expect(vault.push()).rejects.toMatchObject(refused);
  expect(() => vault.name).toThrow(expect.objectContaining(refused));
});

test('withVault works on one vault whatever is active', async () => {
  const registry = registryOf('notes', 'work');
  const work = await new VaultContext(registry).withVault('work');
  await vaultContext('notes', () => work.create('a.txt'), { registry });
  expect(await (await registry.get('work')).exists('a.txt')).toBe(true);
  await expect(work.withVault('other')).rejects.toMatchObject({ code: 'NOT_FOUND' });
});

test('a stream belongs to the vault that was active when it was asked for', async () => {
  const registry = registryOf('notes');
  const vault = new VaultContext(registry);
  const open = async (backend: FileBackend): Promise<ReadableStream<string>> => {
    await backend.create('a.txt', { data: 'content' });
    return vault.streamRead('a.txt', { binary: false });
  };
  const stream = await vaultContext('notes', open, { registry });
  expect((await Array.fromAsync(stream)).join('')).toBe('content');
});

test('disposing a context disposes no vault', async () => {
  const registry = registryOf('notes');
  await vaultContext(
    'notes',
    async () => {
      await new VaultContext(registry)[Symbol.asyncDispose]();
    },
    { registry },
  );
  await (await registry.get('notes')).create('still-open.txt');
});
