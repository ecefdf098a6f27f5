import type { FileBackend } from '@f9/core';
import { beforeAll, describe, expect, test } from 'vitest';
import { BACKENDS, MEMORY, SERVERS, STARTING } from './backends.ts';
import { CALLS } from './calls.ts';
import { toolsOf } from './tools.ts';

/** Answers, but for what differs from store to store. */
async function answers(vault: FileBackend): Promise<string[]> {
  const tools = toolsOf(vault);
  const given: string[] = [];
  for (const [name, input] of CALLS) {
    const { content, error } = await tools.call(name, input);
    given.push(`${name} ${JSON.stringify(input)}: ${error === undefined ? content : error.code}`);
  }
  return given;
}

let expected: readonly string[];
beforeAll(async () => {
  await using memory = await MEMORY.open();
  expected = await answers(memory.vault);
});

describe(`${CALLS.length} calls have the same answers as in memory`, () => {
  for (const { name, isHere, open } of new Set([...BACKENDS, ...SERVERS])) {
    test.skipIf(!isHere)(name, { timeout: STARTING }, async () => {
      await using place = await open();
      expect(await answers(place.vault)).toEqual(expected);
    });
  }
});
