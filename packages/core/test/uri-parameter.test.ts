import { describe, expect, expectTypeOf, test } from 'vitest';
import { definePlugin, type ParameterOptions, type UriParameter, uriParameter } from '../src/driver/index.ts';
import { MemoryFileBackend } from '../src/index.ts';

const text = uriParameter.string({
  option: 'apiKey',
  description: 'The key',
  secret: true,
  environment: 'KEY',
});
const flag = uriParameter.boolean({ option: 'shallow', description: 'Without history' });
const seconds = uriParameter.number({ option: 'cacheTtl', description: 'In seconds' }, { unit: 1000 });
const count = uriParameter.number(
  { option: 'depth', description: '1 or more' },
  { minimum: 1, integer: true },
);
const choice = uriParameter.oneOf({ option: 'io', description: 'How' }, ['auto', 'async']);

async function validate({ schema }: UriParameter, value: unknown): Promise<unknown> {
  const result = await schema['~standard'].validate(value);
  return result.issues === undefined ? { value: result.value } : result.issues[0]!.message;
}

describe('what a parameter takes, and what it says of the rest', () => {
  test.each<[string, UriParameter, string, unknown]>([
    ['string', text, 'sk-1', { value: 'sk-1' }],
    ['string', text, ' ', { value: ' ' }],
    ['string', text, '', 'must not be empty'],
    ['boolean', flag, 'true', { value: true }],
    ['boolean', flag, '1', { value: true }],
    ['boolean', flag, 'false', { value: false }],
    ['boolean', flag, '0', { value: false }],
    ['boolean', flag, 'yes', 'must be true or false'],
    ['boolean', flag, '', 'must be true or false'],
    ['number', seconds, '5', { value: 5000 }],
    ['number', seconds, '0.5', { value: 500 }],
    ['number', seconds, '0', { value: 0 }],
    ['number', seconds, '-1', 'must be a number of at least 0'],
    ['number', seconds, '', 'must be a number of at least 0'],
    ['number', seconds, ' ', 'must be a number of at least 0'],
    ['number', seconds, '5s', 'must be a number of at least 0'],
    ['number', seconds, 'NaN', 'must be a number of at least 0'],
    ['number', seconds, 'Infinity', 'must be a number of at least 0'],
    ['whole number', count, '3', { value: 3 }],
    ['whole number', count, '1.5', 'must be a whole number'],
    ['whole number', count, '0', 'must be a number of at least 1'],
    ['oneOf', choice, 'async', { value: 'async' }],
    ['oneOf', choice, 'ASYNC', 'must be one of auto, async'],
    ['oneOf', choice, '', 'must be one of auto, async'],
  ])('%s', async (_name, parameter, value, expected) => {
    expect(await validate(parameter, value)).toEqual(expected);
  });
});

test('keeps what it is told, and is a Standard Schema', () => {
  expect(text).toMatchObject({ option: 'apiKey', description: 'The key', secret: true, environment: 'KEY' });
  expect(text.schema['~standard']).toMatchObject({ version: 1, vendor: 'f9' });
});

test('types the options that a plugin makes its backend from', () => {
  const plugin = definePlugin({
    name: 'acme',
    schemes: ['acme'],
    parameters: { api_key: text, shallow: flag, cache_ttl: seconds, io: choice },
    create: ({ options }) => {
      expectTypeOf(options.apiKey).toEqualTypeOf<string | undefined>();
      expectTypeOf(options.shallow).toEqualTypeOf<boolean | undefined>();
      expectTypeOf(options.io).toEqualTypeOf<'auto' | 'async' | undefined>();
      return new MemoryFileBackend();
    },
  });
  expectTypeOf<ParameterOptions<typeof plugin.parameters>['cacheTtl']>().toEqualTypeOf<number | undefined>();
  expect(plugin.schemes).toEqual(['acme']);
});
