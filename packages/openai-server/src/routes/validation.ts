import { invalid } from '../state/api-error.ts';
import type { Attributes } from '../state/attached-file.ts';

const MAX_PROPERTIES = 16;
const MAX_KEY_LENGTH = 64;
const MAX_VALUE_LENGTH = 512;

export function requiredString(body: Record<string, unknown>, name: string): string {
  const value = body[name];
  if (value === undefined || value === null) throw missing(name);
  if (typeof value !== 'string') throw wrongType(name, 'a string', value);
  return value;
}

export function optionalString(body: Record<string, unknown>, name: string): string | undefined {
  const value = body[name];
  return value === undefined || value === null ? undefined : requiredString(body, name);
}

export function requiredInteger(
  body: Record<string, unknown>,
  name: string,
  minimum: number,
  maximum: number,
): number {
  const value = body[name];
  if (value === undefined || value === null) throw missing(name);
  if (typeof value !== 'number' || !Number.isInteger(value)) throw wrongType(name, 'an integer', value);
  return inRange(value, name, minimum, maximum);
}

export function inRange(value: number, name: string, minimum: number, maximum: number): number {
  if (value < minimum) {
    throw invalid(
      `Invalid '${name}': integer below minimum value. Expected a value >= ${minimum}, but got ${value} instead.`,
      name,
      'integer_below_min_value',
    );
  }
  if (value > maximum) {
    throw invalid(
      `Invalid '${name}': integer above maximum value. Expected a value <= ${maximum}, but got ${value} instead.`,
      name,
      'integer_above_max_value',
    );
  }
  return value;
}

export function oneOf<const T extends string>(value: unknown, name: string, allowed: readonly T[]): T {
  if (allowed.includes(value as T)) return value as T;
  const supported = allowed.map((choice) => `'${choice}'`).join(', ');
  throw invalid(
    `Invalid value: '${String(value)}'. Supported values are: ${supported}.`,
    name,
    'invalid_value',
  );
}

export function stringList(value: unknown, name: string, maximum: number): string[] {
  return list(value, name, maximum, 'a string', (item): item is string => typeof item === 'string');
}

export function objectList(value: unknown, name: string, maximum: number): Record<string, unknown>[] {
  return list(
    value,
    name,
    maximum,
    'an object',
    (item): item is Record<string, unknown> => typeof item === 'object' && item !== null,
  );
}

function list<T>(
  value: unknown,
  name: string,
  maximum: number,
  expected: string,
  fits: (item: unknown) => item is T,
): T[] {
  if (value === undefined) throw missing(name);
  if (!Array.isArray(value)) throw wrongType(name, 'an array', value);
  if (value.length === 0) {
    throw invalid(
      `Invalid '${name}': empty array. Expected an array with minimum length 1, but got an empty array instead.`,
      name,
      'empty_array',
    );
  }
  if (value.length > maximum) {
    throw invalid(
      `Invalid '${name}': array too long. Expected an array with maximum length ${maximum}, but got an array with length ${value.length} instead.`,
      name,
      'array_above_max_length',
    );
  }
  return value.map((item: unknown, index) => {
    if (!fits(item)) throw wrongType(`${name}[${index}]`, expected, item);
    return item;
  });
}

/** At most 16 keys of at most 64 characters; strings of at most 512 characters, numbers or booleans. */
export function readAttributes(value: unknown, name = 'attributes'): Attributes {
  const object = boundedObject(value, name);
  for (const [key, item] of Object.entries(object)) {
    if (typeof item === 'string') boundedString(item, `${name}.${key}`);
    else if (typeof item !== 'number' && typeof item !== 'boolean') {
      throw wrongType(`${name}.${key}`, 'one of a string, a number or a boolean', item);
    }
  }
  return object as Attributes;
}

/** Metadata: like attributes, but only strings. */
export function readMetadata(value: unknown, name = 'metadata'): Record<string, string> {
  const object = boundedObject(value, name);
  for (const [key, item] of Object.entries(object)) {
    if (typeof item !== 'string') throw wrongType(`${name}.${key}`, 'a string', item);
    boundedString(item, `${name}.${key}`);
  }
  return object as Record<string, string>;
}

function boundedObject(value: unknown, name: string): Record<string, unknown> {
  if (value === undefined || value === null) return {};
  if (typeof value !== 'object' || Array.isArray(value)) throw wrongType(name, 'an object', value);
  const keys = Object.keys(value);
  if (keys.length > MAX_PROPERTIES) {
    throw invalid(
      `Invalid '${name}': too many properties. Expected an object with at most ${MAX_PROPERTIES} properties, but got an object with ${keys.length} properties instead.`,
      name,
      'object_above_max_properties',
    );
  }
  for (const key of keys) {
    if (key.length > MAX_KEY_LENGTH) {
      throw invalid(
        `Invalid property name in '${name}': '${key}' is too long. Expected a property name with maximum length ${MAX_KEY_LENGTH}, but got one with length ${key.length} instead.`,
        name,
        'string_above_max_length',
      );
    }
  }
  return { ...value };
}

function boundedString(value: string, name: string): void {
  if (value.length <= MAX_VALUE_LENGTH) return;
  throw invalid(
    `Invalid '${name}': string too long. Expected a string with maximum length ${MAX_VALUE_LENGTH}, but got a string with length ${value.length} instead.`,
    name,
    'string_above_max_length',
  );
}

const missing = (name: string): Error =>
  invalid(`Missing required parameter: '${name}'.`, name, 'missing_required_parameter');

export function wrongType(name: string, expected: string, value: unknown): Error {
  const actual =
    value === null ? 'null' : Array.isArray(value) ? 'an array' : `a value of type ${typeof value}`;
  return invalid(
    `Invalid type for '${name}': expected ${expected}, but got ${actual} instead.`,
    name,
    'invalid_type',
  );
}
