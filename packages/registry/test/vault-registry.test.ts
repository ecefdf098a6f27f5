import { inspect } from 'node:util';
import { type FileBackend, MemoryFileBackend } from '@f9/core';
import { definePlugin, uriParameter } from '@f9/core/driver';
import { BackendFactory } from '@f9/factory';
import { expect, test } from 'vitest';
import {
  defaultRegistry,
  getVault,
  getVaultOptions,
  listVaults,
  registerVault,
  unregisterVault,
  VaultRegistry,
  vaultExists,
} from '../src/index.ts';

/** Counts what it makes and what of it is disposed. */
class CountingFactory {
  readonly made: MemoryFileBackend[] = [];
  readonly disposed: FileBackend[] = [];
  readonly factory = new BackendFactory({
    environment: {},
    plugins: [
      definePlugin({
        name: 'counting',
        schemes: ['counting'],
        parameters: {
          token: uriParameter.string({ option: 'token', description: 'Of the vault.', secret: true }),
        },
        create: ({ uri }) => {
          const { made, disposed } = this;
          const backend = new (class extends MemoryFileBackend {
            override async [Symbol.asyncDispose](): Promise<void> {
              await super[Symbol.asyncDispose]();
              disposed.push(this);
              if (uri.path === '/stubborn') throw new Error('will not close');
            }
          })();
          made.push(backend);
          return backend;
        },
      }),
    ],
  });
}

test('a vault is found by its name, in the order of registration', async () => {
  const registry = new VaultRegistry();
  const [notes, work] = [new MemoryFileBackend(), new MemoryFileBackend()];
  registry.register('work', work);
  registry.register('notes', notes);
  expect(registry.list()).toEqual(['work', 'notes']);
  expect(await registry.get('notes')).toBe(notes);
  expect([
    registry.has('work'),
    registry.exists('work'),
    registry.has('other'),
    registry.exists('other'),
  ]).toEqual([true, true, false, false]);
});

test('options are kept as they were given, each caller a copy', () => {
  const registry = new VaultRegistry();
  const options = { color: 'blue' };
  registry.register('notes', new MemoryFileBackend(), { options });
  registry.register('bare', new MemoryFileBackend());
  options.color = 'red';
  registry.getOptions('notes').color = 'green';
  expect(registry.getOptions('notes')).toEqual({ color: 'blue' });
  expect(registry.getOptions('bare')).toEqual({});
});

test('a duplicate name is ALREADY_EXISTS, and the first vault stays', async () => {
  const registry = new VaultRegistry();
  const first = new MemoryFileBackend();
  registry.register('notes', first);
  expect(() => registry.register('notes', new MemoryFileBackend())).toThrow(
    expect.objectContaining({ code: 'ALREADY_EXISTS' }),
  );
  expect(await registry.get('notes')).toBe(first);
});

test('a missing name is NOT_FOUND and tells which there are', async () => {
  const registry = new VaultRegistry();
  await expect(registry.get('notes')).rejects.toMatchObject({
    code: 'NOT_FOUND',
    message: 'There is no vault "notes"; none is registered',
  });
  registry.register('work', new MemoryFileBackend());
  await expect(registry.get('notes')).rejects.toThrow('there are work');
  await expect(registry.unregister('notes')).rejects.toMatchObject({ code: 'NOT_FOUND' });
  expect(() => registry.getOptions('notes')).toThrow(expect.objectContaining({ code: 'NOT_FOUND' }));
  for (const name of ['toString', '__proto__', 'constructor']) expect(registry.has(name)).toBe(false);
});

test.each(['a', 'Notes-2024_x.y', 'Bücher', '日本', '1', 'x'.repeat(64)])('%s can be a name', (name) => {
  const registry = new VaultRegistry();
  registry.register(name, new MemoryFileBackend());
  expect(registry.list()).toEqual([name]);
});

test.each<unknown>([
  '',
  ' ',
  'a b',
  'a/b',
  '../a',
  '.a',
  '-a',
  '_a',
  'a\n',
  'a\0',
  'x'.repeat(65),
  7,
  undefined,
  null,
])('%j cannot be a name', (name) => {
  expect(() => new VaultRegistry().register(name as string, new MemoryFileBackend())).toThrow(
    expect.objectContaining({ code: 'INVALID_ARGUMENT' }),
  );
});

test.each(['null', '7', '{}', '{"uri":7}', '["file:///a"]', 'true'])(
  '%s in a configuration is no vault',
  (json) => {
    expect(() => VaultRegistry.fromConfig({ notes: JSON.parse(json) })).toThrow(
      expect.objectContaining({
        code: 'INVALID_ARGUMENT',
        message: 'The vault "notes" is neither a URI nor a backend',
      }),
    );
  },
);

test('a URI is resolved when its vault is first asked for, once for all who ask', async () => {
  const { factory, made } = new CountingFactory();
  const registry = VaultRegistry.fromConfig(
    {
      notes: 'counting:///notes',
      work: { uri: 'counting:///work', options: { color: 'blue' } },
      memory: new MemoryFileBackend(),
    },
    { factory },
  );
  expect(registry.list()).toEqual(['notes', 'work', 'memory']);
  expect(registry.getOptions('work')).toEqual({ color: 'blue' });
  expect(made).toHaveLength(0);
  const [one, two] = await Promise.all([registry.get('notes'), registry.get('notes')]);
  expect(one).toBe(two);
  expect(await registry.get('notes')).toBe(one);
  expect(made).toEqual([one]);
});

test('a failure to resolve is forgotten, so that the next caller tries again', async () => {
  const { factory } = new CountingFactory();
  const registry = VaultRegistry.fromConfig({ late: 'late:///a' }, { factory });
  await expect(registry.get('late')).rejects.toMatchObject({ code: 'INVALID_URI' });
  const memory = new MemoryFileBackend();
  factory.register('late', () => memory);
  expect(await registry.get('late')).toBe(memory);
});

test('the credentials of a registry reach its vaults', async () => {
  const { factory, made } = new CountingFactory();
  const asked: string[][] = [];
  const registry = VaultRegistry.fromConfig(
    { notes: 'counting:///notes' },
    {
      factory,
      credentials: ({ names }) => {
        asked.push([...names]);
        return { token: 's3cr3t' };
      },
    },
  );
  await registry.get('notes');
  expect([asked, made.length]).toEqual([[['token']], 1]);
});

test('a registry disposes what it made, and only that', async () => {
  const { factory, made, disposed } = new CountingFactory();
  const mine = new MemoryFileBackend();
  const registry = VaultRegistry.fromConfig(
    { notes: 'counting:///notes', never: 'counting:///never', mine },
    { factory },
  );
  await registry.get('notes');
  await Promise.all([registry[Symbol.asyncDispose](), registry[Symbol.asyncDispose]()]);
  expect(disposed).toEqual(made);
  expect(made).toHaveLength(1);
  await mine.create('still-open.txt', { data: 'yes' });
  await expect(registry.get('notes')).rejects.toMatchObject({ code: 'CLOSED' });
  expect(() => registry.register('other', mine)).toThrow(expect.objectContaining({ code: 'CLOSED' }));
});

test('a vault that is being made while its registry is disposed is disposed too', async () => {
  const { factory, made, disposed } = new CountingFactory();
  const registry = VaultRegistry.fromConfig({ notes: 'counting:///notes' }, { factory });
  const making = registry.get('notes');
  await registry[Symbol.asyncDispose]();
  await making;
  expect(made).toHaveLength(1);
  expect(disposed).toEqual(made);
});

test('a vault that does not close does not keep the others open, and its error comes out', async () => {
  const { factory, disposed } = new CountingFactory();
  const registry = VaultRegistry.fromConfig(
    { bad: 'counting:///stubborn', good: 'counting:///good' },
    { factory },
  );
  await Promise.all([registry.get('bad'), registry.get('good')]);
  await expect(registry[Symbol.asyncDispose]()).rejects.toThrow('will not close');
  expect(disposed).toHaveLength(2);
});

test('unregistering disposes what the registry made, and frees the name', async () => {
  const { factory, made, disposed } = new CountingFactory();
  const mine = new MemoryFileBackend();
  const registry = VaultRegistry.fromConfig({ notes: 'counting:///notes', mine }, { factory });
  await registry.get('notes');
  await registry.unregister('notes');
  await registry.unregister('mine');
  expect(disposed).toEqual(made);
  await mine.create('still-open.txt');
  registry.register('notes', mine);
  expect(await registry.get('notes')).toBe(mine);
});

test('a registry shows no URI and no secret', async () => {
  const { factory } = new CountingFactory();
  const registry = VaultRegistry.fromConfig(
    {
      open: 'counting:///s3cr3t-place?token=s3cr3t',
      closed: { uri: 'counting:///s3cr3t-place?token=s3cr3t', options: {} },
      bad: 'counting:///a?tokem=s3cr3t',
    },
    { factory, credentials: () => ({ token: 's3cr3t' }), environment: { TOKEN: 's3cr3t' } },
  );
  await registry.get('open');
  const error = await registry.get('bad').catch((caught: unknown) => caught);
  for (const shown of [registry, await registry.get('open'), error]) {
    expect(
      `${inspect(shown, { depth: null, showHidden: true })} ${JSON.stringify(shown)} ${shown}`,
    ).not.toContain('s3cr3t');
  }
});

test('the functions share one registry', async () => {
  const notes = new MemoryFileBackend();
  registerVault('shared-notes', notes, { options: { color: 'blue' } });
  expect(await getVault('shared-notes')).toBe(notes);
  expect(defaultRegistry.list()).toEqual(['shared-notes']);
  expect([listVaults(), vaultExists('shared-notes'), getVaultOptions('shared-notes')]).toEqual([
    ['shared-notes'],
    true,
    { color: 'blue' },
  ]);
  await unregisterVault('shared-notes');
  expect(vaultExists('shared-notes')).toBe(false);
});
