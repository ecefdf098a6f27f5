import type { VaultTool } from '@f9/agents';
import { type ZodObject, z } from 'zod';

/** A schema only for clients to read: the tool itself checks its input, with errors that a model understands. */
function advertised(schema: Record<string, unknown>): ZodObject {
  // Both versions of the SDK take what zod makes of a schema, and its metadata goes over what it would make.
  return z.looseObject({}).meta({ $schema: undefined, additionalProperties: undefined, ...schema });
}

/** The input schema of a tool, without parts that only cost a model's attention. */
export function inputSchemaOf({ input }: VaultTool): ZodObject {
  const { $schema, additionalProperties, ...schema } = z.toJSONSchema(input, { io: 'input' });
  return advertised(withoutNoise(schema) as Record<string, unknown>);
}

/** The schema of every answer, errors included; the same for each tool, so that it says no more than a client can use. */
export const ANSWER_SCHEMA: ZodObject = advertised({
  type: 'object',
  properties: { content: { type: 'string' }, error: {} },
  required: ['content'],
});

/** The schema without zod's bounds of safe integers, the `additionalProperties` of every object, and the type of what is listed. */
function withoutNoise(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNoise);
  if (typeof value !== 'object' || value === null) return value;
  const kept = Object.entries(value).filter(
    ([key, inner]) =>
      !(key === 'maximum' && inner === Number.MAX_SAFE_INTEGER) &&
      !(key === 'additionalProperties' && inner === false) &&
      !(key === 'type' && 'enum' in value),
  );
  return Object.fromEntries(kept.map(([key, inner]) => [key, withoutNoise(inner)]));
}
