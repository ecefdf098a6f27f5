import assert from 'node:assert/strict';
import { turns } from './turns.ts';

/** The UTF-8 bytes of a text. */
export function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** Random-looking bytes, always the same for one seed. */
export function noise(size: number, seed = 1): Uint8Array {
  const result = new Uint8Array(size);
  let state = seed >>> 0 || 1;
  for (let i = 0; i < size; i++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    result[i] = state & 0xff;
  }
  return result;
}

/** Compares bytes; a failure tells the first difference instead of printing all of them. */
export function assertBytes(actual: unknown, expected: Uint8Array | string, what: string): void {
  const wanted = typeof expected === 'string' ? bytes(expected) : expected;
  assert.ok(actual instanceof Uint8Array, `${what} must be a Uint8Array`);
  if (Buffer.compare(actual, wanted) === 0) return;
  const differs = wanted.findIndex((byte, i) => actual[i] !== byte);
  const at = differs < 0 ? wanted.length : differs;
  assert.fail(
    `${what}: ${actual.length} bytes where ${wanted.length} were expected; from byte ${at} on ` +
      `${preview(actual, at)} instead of ${preview(wanted, at)}`,
  );
}

function preview(whole: Uint8Array, at: number): string {
  return JSON.stringify(Buffer.from(whole.subarray(at, at + 24)).toString('latin1'));
}

/** Yields chunks one by one, each in a turn of its own. */
export async function* chunked(
  ...chunks: (Uint8Array | string)[]
): AsyncGenerator<Uint8Array | string, void, void> {
  for (const chunk of chunks) {
    await turns(1);
    yield chunk;
  }
}

/** The rest of a stream, from its reader. */
export async function drain<T>(reader: ReadableStreamDefaultReader<T>): Promise<T[]> {
  const chunks: T[] = [];
  for (let next = await reader.read(); !next.done; next = await reader.read()) chunks.push(next.value);
  return chunks;
}

/** The order of UTF-8 bytes, by node:buffer rather than by the code to be proven. */
export function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
