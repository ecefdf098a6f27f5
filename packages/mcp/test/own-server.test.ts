// The tools in a server of somebody's own, which has tools beside them, by either version of the SDK.
import { MemoryFileBackend } from '@f9/core';
import { Client, InMemoryTransport } from '@modelcontextprotocol/client';
import { Client as OlderClient } from '@modelcontextprotocol/sdk/client/index.js';
import { InMemoryTransport as OlderTransport } from '@modelcontextprotocol/sdk/inMemory.js';
import { McpServer as OlderServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { ElicitRequestSchema } from '@modelcontextprotocol/sdk/types.js';
import { McpServer } from '@modelcontextprotocol/server';
import { describe, expect, test } from 'vitest';
import { registerVaultTools, type ServedVaults, type VaultServerOptions } from '../src/index.ts';

const WHO = { name: 'test', version: '1.0.0' };
const said = (text: string) => ({ content: [{ type: 'text' as const, text }] });

/** What a test asks a client of either version. */
interface Asking {
  listTools(): Promise<{
    readonly tools: readonly { readonly name: string; readonly inputSchema: object }[];
  }>;
  callTool(
    call: { readonly name: string; readonly arguments?: Record<string, unknown> },
    options?: { onprogress(progress: { readonly total?: number | undefined }): void },
  ): Promise<object>;
}

type Connect = (
  vaults: ServedVaults,
  options?: VaultServerOptions,
  person?: () => boolean,
) => Promise<Asking>;

const newer: Connect = async (vaults, options, person) => {
  const server = new McpServer(WHO);
  server.registerTool('theirs', {}, () => said('theirs'));
  registerVaultTools(server, vaults, options);
  const client = new Client(WHO, { capabilities: person === undefined ? {} : { elicitation: { form: {} } } });
  if (person !== undefined)
    client.setRequestHandler('elicitation/create', () => ({
      action: 'accept',
      content: { confirm: person() },
    }));
  const [ours, theirs] = InMemoryTransport.createLinkedPair();
  await Promise.all([server.connect(ours), client.connect(theirs)]);
  return {
    listTools: () => client.listTools(),
    callTool: (call, progress) => client.callTool(call, progress),
  };
};

const older: Connect = async (vaults, options, person) => {
  const server = new OlderServer(WHO);
  server.registerTool('theirs', {}, () => said('theirs'));
  registerVaultTools(server, vaults, options);
  const client = new OlderClient(WHO, {
    capabilities: person === undefined ? {} : { elicitation: { form: {} } },
  });
  if (person !== undefined)
    client.setRequestHandler(ElicitRequestSchema, () => ({
      action: 'accept',
      content: { confirm: person() },
    }));
  const [ours, theirs] = OlderTransport.createLinkedPair();
  await Promise.all([server.connect(ours), client.connect(theirs)]);
  return {
    listTools: () => client.listTools(),
    callTool: (call, progress) => client.callTool(call, undefined, progress),
  };
};

async function vaultOf(files: Readonly<Record<string, string>>): Promise<MemoryFileBackend> {
  const vault = new MemoryFileBackend();
  for (const [path, data] of Object.entries(files)) await vault.create(path, { data });
  return vault;
}

describe.each([
  ['version 2', newer],
  ['version 1', older],
])('a server by %s of the SDK', (_, connect) => {
  test('lists the tools beside its own, with the schemas of their input', async () => {
    const client = await connect(new MemoryFileBackend(), { tools: ['edit_file', 'list_directory'] });
    const { tools } = await client.listTools();
    expect(tools.map(({ name }) => name).sort()).toEqual(['edit_file', 'list_directory', 'theirs']);
    expect(tools.find(({ name }) => name === 'edit_file')?.inputSchema).toMatchObject({
      type: 'object',
      properties: {
        path: { type: 'string' },
        edits: { type: 'array', items: { required: ['oldText', 'newText'] } },
      },
      required: ['path', 'edits'],
    });
    expect(await client.callTool({ name: 'theirs' })).toMatchObject(said('theirs'));
  });

  test('answers, with a remark for the model, and with failures in our words', async () => {
    const vault = await vaultOf({ 'a.md': 'A' });
    const client = await connect(vault);
    const { etag } = await vault.info('a.md');
    expect(await client.callTool({ name: 'read_text_file', arguments: { path: '/a.md' } })).toMatchObject({
      content: [
        { type: 'text', text: 'A' },
        { type: 'text', text: `etag: ${etag}` },
      ],
      structuredContent: { content: 'A', etag },
    });
    for (const input of [{}, { path: 5 }, { path: '/none' }]) {
      const answer = await client.callTool({ name: 'read_text_file', arguments: input });
      expect(answer).toMatchObject({
        isError: true,
        content: [{ text: expect.stringMatching(/^(?:INVALID_ARGUMENT|NOT_FOUND): /) }],
        structuredContent: { error: { code: expect.any(String) } },
      });
    }
    expect(await client.callTool({ name: 'list_allowed_directories' })).toMatchObject(said('/ (memory)'));
  });

  test('asks the person, and a client that cannot ask gets nothing done', async () => {
    const vault = await vaultOf({ 'a.md': 'A' });
    const call = { name: 'delete_file', arguments: { path: '/a.md' } };
    const sayings = [false, true];
    const mute = await connect(vault, { confirm: ['delete'] });
    await mute.callTool(call).catch(() => undefined);
    const client = await connect(vault, { confirm: ['delete'] }, () => sayings.shift()!);
    expect(await client.callTool(call)).toMatchObject({
      isError: true,
      structuredContent: { error: { code: 'PERMISSION_DENIED' } },
    });
    expect(await vault.exists('a.md')).toBe(true);
    expect(await client.callTool(call)).toMatchObject(said('Deleted /a.md'));
    expect(await vault.exists('a.md')).toBe(false);
  });

  test('tells the progress of a mirror', async () => {
    const from = await vaultOf({ 'a.md': 'A', 'b.md': 'B' });
    const client = await connect({ from, to: new MemoryFileBackend() });
    const totals: (number | undefined)[] = [];
    const mirrored = await client.callTool(
      { name: 'mirror_vault', arguments: { source: 'from', target: 'to' } },
      { onprogress: ({ total }) => void totals.push(total) },
    );
    expect(mirrored).toMatchObject({ content: [{ text: expect.stringMatching(/^2 copied/) }] });
    expect(totals).toContain(2);
  });
});
