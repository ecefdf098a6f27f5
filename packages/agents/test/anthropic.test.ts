import { mkdtempSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Anthropic from '@anthropic-ai/sdk';
import { betaMemoryTool, type MemoryToolHandlers } from '@anthropic-ai/sdk/helpers/beta/memory';
import { BetaLocalFilesystemMemoryTool } from '@anthropic-ai/sdk/tools/memory/node';
import { beforeAll, describe, expect, test } from 'vitest';
import { memoryHandlers } from '../src/anthropic/index.ts';
import { BACKENDS, STARTING } from './backends.ts';
import { vaultWith } from './tools.ts';

type Commands = { [Name in keyof MemoryToolHandlers]: Parameters<MemoryToolHandlers[Name]>[0] };
type Command = Commands[keyof Commands];

const NOTE = '# Me\n\nlikes tea\nlikes $& cake\nlast';

/** What a model does with its memory, and what goes wrong. */
const COMMANDS: readonly Command[] = [
  { command: 'view', path: '/memories' },
  { command: 'create', path: '/memories/me.md', file_text: NOTE },
  { command: 'create', path: '/memories/me.md', file_text: 'again' },
  { command: 'create', path: '/memories/drafts/plans/next.txt', file_text: 'x'.repeat(1536) },
  { command: 'create', path: '/memories/empty.txt', file_text: '' },
  { command: 'create', path: '/memories/.hidden', file_text: 'h' },
  { command: 'create', path: '/elsewhere', file_text: 'x' },
  { command: 'view', path: '/memories' },
  { command: 'view', path: '/memories/drafts' },
  { command: 'view', path: '/memories/me.md' },
  { command: 'view', path: '/memories/me.md', view_range: [2, 3] },
  { command: 'view', path: '/memories/me.md', view_range: [4, -1] },
  { command: 'view', path: '/memories/empty.txt' },
  { command: 'view', path: '/memories/none.md' },
  { command: 'str_replace', path: '/memories/me.md', old_str: 'tea', new_str: 'coffee $1' },
  { command: 'str_replace', path: '/memories/me.md', old_str: 'likes', new_str: 'x' },
  { command: 'str_replace', path: '/memories/me.md', old_str: 'nowhere', new_str: 'x' },
  { command: 'str_replace', path: '/memories/none.md', old_str: 'a', new_str: 'b' },
  { command: 'str_replace', path: '/memories/drafts', old_str: 'a', new_str: 'b' },
  { command: 'insert', path: '/memories/me.md', insert_line: 0, insert_text: 'first' },
  { command: 'insert', path: '/memories/me.md', insert_line: 2, insert_text: 'second\n' },
  { command: 'insert', path: '/memories/me.md', insert_line: 99, insert_text: 'x' },
  { command: 'insert', path: '/memories/none.md', insert_line: 0, insert_text: 'x' },
  { command: 'view', path: '/memories/me.md' },
  { command: 'rename', old_path: '/memories/me.md', new_path: '/memories/people/me.md' },
  { command: 'rename', old_path: '/memories/none.md', new_path: '/memories/x.md' },
  { command: 'rename', old_path: '/memories/people/me.md', new_path: '/memories/empty.txt' },
  { command: 'rename', old_path: '/memories/drafts', new_path: '/memories/done' },
  { command: 'rename', old_path: '/memories', new_path: '/memories/x' },
  { command: 'view', path: '/memories' },
  { command: 'delete', path: '/memories/done' },
  { command: 'delete', path: '/memories/done' },
  { command: 'delete', path: '/memories' },
  { command: 'view', path: '/memories/people' },
];

/** What the tool answers, or fails with; the sizes of directories are what stores differ in. */
async function told(handlers: MemoryToolHandlers, commands = COMMANDS): Promise<string[]> {
  const tool = betaMemoryTool(handlers);
  const said: string[] = [];
  for (const command of commands) {
    const answer = await Promise.resolve()
      .then(() => tool.run(command))
      .catch((error: unknown) => `${error}`);
    const sizes = `${answer}`.replaceAll(/^\S+(\t\/memories(?:\/\S*\/|\/people|\/drafts|)$)/gm, 'SIZE$1');
    said.push(`${JSON.stringify(command)}: ${sizes}`);
  }
  return said;
}

let expected: readonly string[];
beforeAll(async () => {
  expected = await told(await BetaLocalFilesystemMemoryTool.init(mkdtempSync(join(tmpdir(), 'f9-memory-'))));
});

describe(`${COMMANDS.length} commands of a memory have the same texts as the SDK's own`, () => {
  for (const { name, isHere, open } of BACKENDS) {
    test.skipIf(!isHere)(`on ${name}`, { timeout: STARTING }, async () => {
      await using place = await open();
      expect(await told(memoryHandlers(place.vault))).toEqual(expected);
    });
  }
});

describe("where the SDK's own tool is wrong", () => {
  test('a text of several lines is found, by LF in a file of CRLF as well, and line endings stay', async () => {
    const vault = await vaultWith({ 'a.md': 'one\r\ntwo\r\nthree\r\n' });
    const handlers = memoryHandlers(vault);
    const path = '/memories/a.md';
    await handlers.str_replace({ command: 'str_replace', path, old_str: 'one\ntwo', new_str: '1\n2' });
    await handlers.insert({ command: 'insert', path, insert_line: 1, insert_text: 'new\n' });
    expect(await vault.read('a.md', { binary: false })).toBe('1\r\nnew\r\n2\r\nthree\r\n');
  });

  test('two occurrences in one line are two', async () => {
    const vault = await vaultWith({ 'a.md': 'tea tea' });
    const replacing = memoryHandlers(vault).str_replace({
      command: 'str_replace',
      path: '/memories/a.md',
      old_str: 'tea',
      new_str: 'x',
    });
    await expect(replacing).rejects.toThrow('Multiple occurrences of old_str `tea` in lines: 1.');
    expect(await vault.read('a.md', { binary: false })).toBe('tea tea');
  });

  test('of 20 edits at once all are kept', async () => {
    const vault = await vaultWith({ 'a.md': 'top\n' });
    const { insert } = memoryHandlers(vault);
    const path = '/memories/a.md';
    await Promise.all(
      Array.from({ length: 20 }, (_, i) =>
        insert({ command: 'insert', path, insert_line: 1, insert_text: `${i}` }),
      ),
    );
    expect((await vault.read('a.md', { binary: false })).split('\n')).toHaveLength(22);
  });
});

test('nothing leads out of the memory, and guards hold', async () => {
  const handlers = memoryHandlers(await vaultWith({ 'a/b': 'x', 'private/c': 'y' }), {
    deny: ['private/**'],
  });
  for (const path of ['/memories/../x', '/memories/../../etc/passwd', '/memoriesx', '/memories/private/c'])
    await expect(
      Promise.resolve().then(() => handlers.view({ command: 'view', path })),
      path,
    ).rejects.toThrow();
  expect(await handlers.view({ command: 'view', path: '/memories' })).not.toContain('private/c');
});

test("the SDK's loop of tools remembers in the vault", async () => {
  const vault = await vaultWith({});
  const input = { command: 'create', path: '/memories/me.md', file_text: 'tea' };
  const seen: string[] = [];
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    seen.push(body);
    const content =
      seen.length === 1
        ? [{ type: 'tool_use', id: 'toolu_1', name: 'memory', input }]
        : [{ type: 'text', text: 'done' }];
    const stop_reason = seen.length === 1 ? 'tool_use' : 'end_turn';
    const message = { id: 'msg_1', type: 'message', role: 'assistant', model: 'any', content, stop_reason };
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ ...message, usage: { input_tokens: 1, output_tokens: 1 } }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    const { port } = server.address() as AddressInfo;
    const client = new Anthropic({ apiKey: 'none', baseURL: `http://127.0.0.1:${port}` });
    const runner = client.beta.messages.toolRunner({
      model: 'any',
      max_tokens: 10,
      messages: [{ role: 'user', content: 'remember' }],
      tools: [betaMemoryTool(memoryHandlers(vault))],
    });
    expect((await runner).content).toMatchObject([{ text: 'done' }]);
    expect(seen[1]).toContain('File created successfully at: /memories/me.md');
    expect(await vault.read('me.md', { binary: false })).toBe('tea');
  } finally {
    server.close();
  }
});
