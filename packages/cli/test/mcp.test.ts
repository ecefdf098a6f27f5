import { once } from 'node:events';
import { expect, test } from 'vitest';
import { Workplace } from './support/command.ts';
import { Spawned } from './support/spawned.ts';

test('mcp serves a vault by its name, until the client leaves', async () => {
  await using place = await Workplace.create({ 'n/a.md': 'A' });
  await place.ok(['vaults', 'add', 'notes', 'n']);
  const { child, ended } = new Spawned(['mcp', 'notes:'], place.path, { F9_CONFIG: place.configPath });
  const initialize = {
    protocolVersion: '2025-06-18',
    capabilities: {},
    clientInfo: { name: 'test', version: '1' },
  };
  child.stdin.write(
    `${JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'initialize', params: initialize })}\n`,
  );
  const [answer] = (await once(child.stdout, 'data')) as [Buffer];
  expect(JSON.parse(answer.toString())).toMatchObject({ id: 1, result: { serverInfo: expect.any(Object) } });
  child.stdin.end();
  expect(await ended).toMatchObject({ code: 0 });
});

test('mcp says what is wrong with its arguments, and what it takes', async () => {
  await using place = await Workplace.create();
  expect((await place.f9(['mcp'])).code).toBe(2);
  expect((await place.ok(['mcp', '--', '--help'])).stdout).toContain('f9-mcp');
});
