import { vaultTools } from '@f9/agents';
import { MemoryFileBackend } from '@f9/core';
import { expect, test } from 'vitest';
import { isLong } from '../../../scripts/test/daily.ts';
import { CALLS } from '../../agents/test/calls.ts';
import { serveVaultOverHttp } from '../src/http/index.ts';
import { overHttp } from './connect.ts';

const TOKEN = 'a-token-of-sixteen-and-more';

test.each(isLong ? (['modern', 'legacy'] as const) : (['modern'] as const))(
  `${CALLS.length} calls have the answers that the tools give, and they meet their schema, %s`,
  async (era) => {
    await using vault = new MemoryFileBackend();
    await using server = await serveVaultOverHttp(vault, { port: 0, token: TOKEN });
    await using connection = await overHttp(server.url, TOKEN, era);
    // The client checks answers against the schemas that it was told.
    await connection.client.listTools();
    await using other = new MemoryFileBackend();
    const tools = new Map(vaultTools(other).map((tool) => [tool.name, tool]));
    for (const [name, input] of CALLS) {
      const { content, error } = await tools.get(name)!.run(input);
      const { text, isError, data } = await connection.call(name, { ...input });
      const called = `${name} ${JSON.stringify(input)}`;
      expect([isError, text], called).toEqual([error !== undefined, content]);
      expect(data, called).toMatchObject({
        content,
        ...(error !== undefined && { error: { code: error.code } }),
      });
    }
  },
);
