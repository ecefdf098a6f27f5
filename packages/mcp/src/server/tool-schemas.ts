import type { VaultTool } from '@f9/agents';
import type { StandardSchemaWithJSON } from '@modelcontextprotocol/server';
import { toJSONSchema } from 'zod';

/** A schema only for clients to read: the tool itself checks its input, with errors that a model understands. */
function advertised(schema: Record<string, unknown>): StandardSchemaWithJSON<Record<string, unknown>> {
  const json = (): Record<string, unknown> => schema;
  return {
    '~standard': {
      version: 1,
      vendor: 'f9',
      validate: (value) => ({ value: (value ?? {}) as Record<string, unknown> }),
      jsonSchema: { input: json, output: json },
    },
  };
}

/** The input schema of a tool, without parts that only cost a model's attention. */
export function inputSchemaOf({ input }: VaultTool): StandardSchemaWithJSON<Record<string, unknown>> {
  const { $schema, additionalProperties, ...schema } = toJSONSchema(input, { io: 'input' });
  return advertised(withoutNoise(schema) as Record<string, unknown>);
}

/** The schema of every answer, errors included. */
export const ANSWER_SCHEMA: StandardSchemaWithJSON<Record<string, unknown>> = advertised({
  type: 'object',
  properties: {
    content: { type: 'string' },
    etag: { type: 'string' },
    truncated: { type: 'boolean' },
    nextOffset: { type: 'integer' },
    error: { type: 'object' },
  },
  required: ['content'],
});

/** The schema without zod's bounds of safe integers and the `additionalProperties` of every object. */
function withoutNoise(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNoise);
  if (typeof value !== 'object' || value === null) return value;
  const kept = Object.entries(value).filter(
    ([key, inner]) =>
      !(key === 'maximum' && inner === Number.MAX_SAFE_INTEGER) &&
      !(key === 'additionalProperties' && inner === false),
  );
  return Object.fromEntries(kept.map(([key, inner]) => [key, withoutNoise(inner)]));
}
