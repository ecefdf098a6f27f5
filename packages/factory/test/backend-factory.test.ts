import { resolve } from 'node:path';
import { MemoryFileBackend } from '@f9/core';
import { definePlugin, uriParameter } from '@f9/core/driver';
import { expect, expectTypeOf, test } from 'vitest';
import { z } from 'zod';
import {
  BackendFactory,
  parseUri,
  registerBackendFactory,
  registerPlugin,
  resolveBackend,
} from '../src/index.ts';
import { emptyPlugin, spyingPlugin } from './example-plugin.ts';

test('a URI becomes the request that its plugin makes a backend from', async () => {
  const { plugin, requests } = spyingPlugin();
  const factory = new BackendFactory({ plugins: [plugin] });
  const backend = await factory.resolve('example://u@host:99/a@main?region=eu&cache_ttl=1.5');
  expect(backend).toBeInstanceOf(MemoryFileBackend);
  expect(requests).toEqual([
    {
      uri: { scheme: 'example', username: 'u', host: 'host', port: 99, path: '/a', ref: 'main' },
      options: { region: 'eu', cacheTtl: 1500 },
      baseDirectory: process.cwd(),
    },
  ]);
});

test('what the URI leaves out is left out of the options', async () => {
  const { plugin, requests } = spyingPlugin();
  await new BackendFactory({ plugins: [plugin] }).resolve('example:///a');
  expect(requests[0]!.options).toEqual({});
});

test('relative paths start where the caller, else the factory, else the process says', async () => {
  const { plugin, requests } = spyingPlugin();
  const factory = new BackendFactory({ plugins: [plugin], baseDirectory: resolve('/factory') });
  await factory.resolve('example+file://a', { baseDirectory: resolve('/caller') });
  await factory.resolve('example+file://a');
  expect(requests.map(({ baseDirectory }) => baseDirectory)).toEqual([
    resolve('/caller'),
    resolve('/factory'),
  ]);
  await expect(factory.resolve('example+file://a', { baseDirectory: 'relative' })).rejects.toMatchObject({
    code: 'INVALID_ARGUMENT',
  });
});

test('an unknown parameter names the closest known one', async () => {
  const { plugin } = spyingPlugin();
  const factory = new BackendFactory({ plugins: [plugin] });
  await expect(factory.resolve('example:///a?cache_tll=5')).rejects.toThrow(
    'it has no parameter "cache_tll". The closest is "cache_ttl"',
  );
  const bare = new BackendFactory({ plugins: [emptyPlugin('bare', 'bare')] });
  await expect(bare.resolve('bare:///a?b=c')).rejects.toThrow('it has no parameter "b". There are none');
});

test('an unknown scheme names the closest known one', async () => {
  await expect(new BackendFactory().resolve('git+htps://host/a')).rejects.toMatchObject({
    code: 'INVALID_URI',
    message: expect.stringContaining('no plugin opens git+htps. The closest is "git+https"'),
  });
});

test('names that every object has are not parameters', async () => {
  const { plugin } = spyingPlugin();
  const factory = new BackendFactory({ plugins: [plugin] });
  for (const name of ['toString', 'constructor', '__proto__', 'hasOwnProperty']) {
    await expect(factory.resolve(`example:///a?${name}=1`)).rejects.toThrow(`no parameter "${name}"`);
  }
});

test('parameters are typed by any Standard Schema, and options by them', async () => {
  const plugin = definePlugin({
    name: 'f9-backend-zod',
    schemes: ['zod'],
    parameters: {
      retries: { schema: z.coerce.number().int().max(9), option: 'retries', description: 'Tries.' },
      mode: { schema: z.enum(['fast', 'safe']), option: 'mode', description: 'How.' },
      later: {
        schema: z.string().refine(async (text) => text === 'yes'),
        option: 'later',
        description: 'Async.',
      },
      flag: uriParameter.boolean({ option: 'isOn', description: 'Built in.' }),
    },
    create: ({ options }) => {
      expectTypeOf(options).toEqualTypeOf<{
        readonly retries?: number;
        readonly mode?: 'fast' | 'safe';
        readonly later?: string;
        readonly isOn?: boolean;
      }>();
      expect(options).toEqual({ retries: 3, mode: 'safe', later: 'yes', isOn: true });
      return new MemoryFileBackend();
    },
  });
  const factory = new BackendFactory({ plugins: [plugin] });
  expect.assertions(4);
  await factory.resolve('zod:///a?retries=3&mode=safe&later=yes&flag=true');
  await expect(factory.resolve('zod:///a?retries=10')).rejects.toThrow(
    /^This zod URI is not valid: its parameter "retries": Too big/,
  );
  await expect(factory.resolve('zod:///a?mode=slow')).rejects.toThrow('"fast"|"safe"');
  await expect(factory.resolve('zod:///a?later=no')).rejects.toMatchObject({ code: 'INVALID_URI' });
});

test('a function can be registered for a scheme, and forgotten', async () => {
  const factory = new BackendFactory();
  const memory = new MemoryFileBackend();
  factory.register(
    'memory',
    ({ options: { size } }) => {
      expectTypeOf(size).toEqualTypeOf<number | undefined>();
      expect(size).toBe(3);
      return memory;
    },
    { parameters: { size: uriParameter.number({ option: 'size', description: 'Bytes.' }) } },
  );
  expect(factory.schemes).toContain('memory');
  expect(await factory.resolve('memory:///?size=3')).toBe(memory);
  expect(factory.unregister('memory')).toBe(true);
  expect(factory.unregister('memory')).toBe(false);
  await expect(factory.resolve('memory:///')).rejects.toMatchObject({ code: 'INVALID_URI' });
});

test('two plugins that claim one scheme are an error naming both, unless one replaces the other on purpose', async () => {
  const first = emptyPlugin('f9-backend-first', 'one', 'both');
  const second = emptyPlugin('f9-backend-second', 'two', 'both');
  const conflict = {
    code: 'ALREADY_EXISTS',
    message: expect.stringMatching(
      /scheme both belongs to f9-backend-first, and f9-backend-second claims it too/,
    ),
  };
  expect(() => new BackendFactory({ plugins: [first, second] })).toThrow(expect.objectContaining(conflict));
  const factory = new BackendFactory({ plugins: [first] });
  expect(() => factory.registerPlugin(second)).toThrow(expect.objectContaining(conflict));
  expect(factory.schemes).not.toContain('two');
  const memory = new MemoryFileBackend();
  factory.registerPlugin({ ...second, create: () => memory }, { replace: true });
  expect(await factory.resolve('both:///a')).toBe(memory);
  expect(await factory.resolve('one:///a')).not.toBe(memory);
});

test('one plugin can be registered twice', () => {
  const plugin = emptyPlugin('twice', 'twice');
  expect(new BackendFactory({ plugins: [plugin, plugin] }).schemes).toContain('twice');
});

test("a plugin cannot take a scheme of f9's own by accident", async () => {
  const factory = new BackendFactory();
  const plugin = emptyPlugin('impostor', 'file');
  expect(() => factory.registerPlugin(plugin)).toThrow(
    'The scheme file belongs to @f9/local, and impostor claims it too',
  );
  factory.registerPlugin(plugin, { replace: true });
  expect(await factory.resolve('file:///a')).toBeInstanceOf(MemoryFileBackend);
});

test.each<[string, unknown]>([
  ['nothing', undefined],
  ['a class', MemoryFileBackend],
  ['an object without create', { name: 'a', schemes: ['a'], parameters: {} }],
  ['a create that is no function', { name: 'a', schemes: ['a'], parameters: {}, create: 1 }],
  ['no name', { ...emptyPlugin('', 'a') }],
  ['no scheme', emptyPlugin('a')],
  ['a scheme in capitals', emptyPlugin('a', 'A')],
  ['a scheme with its colon', emptyPlugin('a', 'a:')],
  ['a parameter without a schema', { ...emptyPlugin('a', 'a'), parameters: { b: { option: 'b' } } }],
])('%s is not a plugin', (_, value) => {
  expect(() => registerPlugin(value as ReturnType<typeof emptyPlugin>)).toThrow(
    expect.objectContaining({ code: 'INVALID_ARGUMENT' }),
  );
});

test('what a plugin throws unexpectedly does not leak what it says', async () => {
  const plugin = {
    ...emptyPlugin('clumsy', 'clumsy'),
    create: () => {
      throw Object.assign(new Error('cannot use s3cr3t'), { code: 'E_CLUMSY' });
    },
  };
  const error = await new BackendFactory({ plugins: [plugin] })
    .resolve('clumsy:///a')
    .catch((caught: unknown) => caught);
  expect(error).toMatchObject({ code: 'UNKNOWN', cause: { name: 'Error', code: 'E_CLUMSY' } });
  expect((error as Error).stack).not.toContain('s3cr3t');
});

test('an error that a plugin means is thrown as it is', async () => {
  const plugin = {
    ...emptyPlugin('strict', 'strict'),
    create: () => Promise.reject(invalid),
  };
  const invalid = await new BackendFactory().resolve('').catch((error: unknown) => error);
  await expect(new BackendFactory({ plugins: [plugin] }).resolve('strict:///a')).rejects.toBe(invalid);
});

test('the functions share one factory', async () => {
  registerBackendFactory('shared', () => new MemoryFileBackend());
  registerPlugin(emptyPlugin('shared too', 'shared-too'));
  expect(await resolveBackend('shared:///a')).toBeInstanceOf(MemoryFileBackend);
  expect(await resolveBackend('shared-too:///a')).toBeInstanceOf(MemoryFileBackend);
  expect(await parseUri('shared:///a')).toEqual({ scheme: 'shared', path: '/a', parameters: {} });
});

test('an option that is not known is refused with the closest', async () => {
  const wrong = (options: object): object => options;
  const factory = new BackendFactory();
  expect(() => new BackendFactory(wrong({ credential: 1 }))).toThrow('The closest is "credentials"');
  await expect(factory.resolve('file:///a', wrong({ baseDir: '/' }))).rejects.toThrow('"baseDirectory"');
  expect(() => factory.register('s', () => new MemoryFileBackend(), wrong({ hasref: true }))).toThrow(
    '"hasRef"',
  );
  expect(() => factory.registerPlugin('f9-backend-acme', wrong({ replaces: true }))).toThrow('"replace"');
});
