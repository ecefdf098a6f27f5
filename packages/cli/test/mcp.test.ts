import { createInterface } from 'node:readline';
import { expect, test } from 'vitest';
import { Workplace } from './support/command.ts';
import { Spawned } from './support/spawned.ts';

test('mcp serves a vault by its name, until the client leaves', async () => {
  await using place = await Workplace.create({ 'n/a.md': 'A' });
  await place.ok(['vaults', 'add', 'notes', 'n']);
  const { child, ended } = new Spawned(['mcp', 'notes:'], place.path, { F9_CONFIG: place.configPath });
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const send = (message: object): void => {
    child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
  };
  const clientInfo = { name: 'test', version: '1' };
  const params = { protocolVersion: '2025-06-18', capabilities: {}, clientInfo };
  send({ id: 1, method: 'initialize', params });
  expect(JSON.parse((await answers.next()).value)).toMatchObject({
    id: 1,
    result: { serverInfo: expect.any(Object) },
  });
  send({ method: 'notifications/initialized' });
  send({ id: 2, method: 'tools/call', params: { name: 'read_text_file', arguments: { path: 'a.md' } } });
  expect(JSON.parse((await answers.next()).value)).toMatchObject({
    id: 2,
    result: { structuredContent: { content: 'A' } },
  });
  child.stdin.end();
  expect(await ended).toMatchObject({ code: 0 });
});

test('mcp says what is wrong with its arguments, and what it takes', async () => {
  await using place = await Workplace.create();
  expect((await place.f9(['mcp'])).code).toBe(2);
  expect((await place.ok(['mcp', '--', '--help'])).stdout).toContain('f9-mcp');
});
