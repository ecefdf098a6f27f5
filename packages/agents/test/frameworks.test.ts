import { MemoryFileBackend } from '@f9/core';
import { RunContext } from '@openai/agents';
import { generateText, stepCountIs } from 'ai';
import { MockLanguageModelV3 } from 'ai/test';
import { describe, expect, test } from 'vitest';
import { aiSdkTools } from '../src/ai-sdk/index.ts';
import { langchainTools } from '../src/langchain/index.ts';
import { openaiAgentsTools } from '../src/openai-agents/index.ts';

const text = (vault: MemoryFileBackend): Promise<string> => vault.read('a.md', { binary: false });
const WRITE = { path: '/a.md', content: 'A' };
const PIXEL = 'iVBORw0KGgo=';

/** A vault with a text that does not fit an answer, and a picture. */
async function full(): Promise<{ readonly vault: MemoryFileBackend; readonly etag: string }> {
  const vault = new MemoryFileBackend();
  const { etag } = await vault.create('long.md', { data: 'line\n'.repeat(1000) });
  await vault.create('a.png', { data: Buffer.from(PIXEL, 'base64') });
  return { vault, etag: etag! };
}
/** What a model has to see of a part of the long text, to go on and to change what it saw. */
const remark = (etag: string): string =>
  `[lines 1 to 200, there are more; go on with offset 200; etag: ${etag}]`;
const FITTING = { approve: 'none', maxBytes: 1000 } as const;

describe('AI SDK', () => {
  const usage = {
    inputTokens: { total: 1, noCache: 1, cacheRead: 0, cacheWrite: 0 },
    outputTokens: { total: 1, text: 1, reasoning: 0 },
  };

  /** A model that calls a tool, and then says what came of it. */
  function model(toolName: string, input: unknown): MockLanguageModelV3 {
    return new MockLanguageModelV3({
      doGenerate: async ({ prompt }) => {
        const results = prompt.filter(({ role }) => role === 'tool');
        const content =
          results.length === 0
            ? [{ type: 'tool-call' as const, toolCallId: '1', toolName, input: JSON.stringify(input) }]
            : [{ type: 'text' as const, text: JSON.stringify(results) }];
        const unified = results.length === 0 ? ('tool-calls' as const) : ('stop' as const);
        return { content, finishReason: { unified, raw: undefined }, usage, warnings: [] };
      },
    });
  }

  test('a model reads and writes through it', async () => {
    const vault = new MemoryFileBackend();
    const run = (name: string, input: unknown) =>
      generateText({
        model: model(name, input),
        tools: aiSdkTools(vault, { approve: 'none' }),
        prompt: 'go',
        stopWhen: stepCountIs(3),
      });
    expect((await run('write_file', WRITE)).text).toContain('Wrote 1 bytes to /a.md');
    expect(await text(vault)).toBe('A');
    expect((await run('read_text_file', { path: '/none.md' })).text).toContain('NOT_FOUND');
  });

  test('a model sees etags, where a text was cut, and pictures', async () => {
    const { vault, etag } = await full();
    const run = async (name: string, path: string) =>
      (
        await generateText({
          model: model(name, { path }),
          tools: aiSdkTools(vault, FITTING),
          prompt: 'go',
          stopWhen: stepCountIs(3),
        })
      ).text;
    expect(await run('read_text_file', '/long.md')).toContain(remark(etag));
    expect(await run('read_media_file', '/a.png')).toContain(PIXEL);
  });

  test('writes wait for approval, reads do not', async () => {
    const vault = new MemoryFileBackend();
    const { content } = await generateText({
      model: model('write_file', WRITE),
      tools: aiSdkTools(vault),
      prompt: 'go',
      stopWhen: stepCountIs(3),
    });
    expect(content.map(({ type }) => type)).toContain('tool-approval-request');
    expect(await vault.exists('a.md')).toBe(false);
  });
});

describe('LangChain', () => {
  test('tools are called as a graph calls them', async () => {
    const vault = new MemoryFileBackend();
    const tools = new Map(langchainTools(vault).map((tool) => [tool.name, tool]));
    const message: unknown = await tools
      .get('write_file')!
      .invoke({ type: 'tool_call', id: '1', name: 'write_file', args: WRITE });
    expect(message).toMatchObject({
      content: expect.stringContaining('Wrote 1 bytes to /a.md'),
      tool_call_id: '1',
    });
    expect(await text(vault)).toBe('A');
    expect(await tools.get('read_text_file')!.invoke({ path: '/none.md' })).toContain('NOT_FOUND');
  });
});

test('LangChain: a model sees etags, where a text was cut, and pictures', async () => {
  const { vault, etag } = await full();
  const tools = new Map(langchainTools(vault, { maxBytes: 1000 }).map((tool) => [tool.name, tool]));
  const call = async (name: string, path: string): Promise<unknown> => {
    const args = { type: 'tool_call' as const, id: '1', name, args: { path } };
    return ((await tools.get(name)!.invoke(args)) as { readonly content: unknown }).content;
  };
  expect(await call('read_text_file', '/long.md')).toContain(remark(etag));
  expect(await call('read_media_file', '/a.png')).toMatchObject([
    { type: 'text' },
    { type: 'image', mimeType: 'image/png', data: PIXEL },
  ]);
});

describe('OpenAI Agents', () => {
  test('a model sees etags, where a text was cut, and pictures', async () => {
    const { vault, etag } = await full();
    const tools = new Map(openaiAgentsTools(vault, FITTING).map((tool) => [tool.name, tool]));
    const call = (name: string, path: string) =>
      tools.get(name)!.invoke(new RunContext(), JSON.stringify({ path }));
    expect(await call('read_text_file', '/long.md')).toContain(remark(etag));
    expect(await call('read_media_file', '/a.png')).toMatchObject([
      { type: 'text' },
      { type: 'image', image: { data: PIXEL, mediaType: 'image/png' } },
    ]);
  });

  test('tools are invoked with JSON, and say which need approval', async () => {
    const vault = new MemoryFileBackend();
    const tools = new Map(openaiAgentsTools(vault).map((tool) => [tool.name, tool]));
    const context = new RunContext();
    expect(await tools.get('write_file')!.invoke(context, JSON.stringify(WRITE))).toContain(
      'Wrote 1 bytes to /a.md',
    );
    expect(await text(vault)).toBe('A');
    expect(await tools.get('write_file')!.needsApproval(context, WRITE as never)).toBe(true);
    expect(await tools.get('read_text_file')!.needsApproval(context, { path: '/a.md' } as never)).toBe(false);
    expect(await tools.get('read_text_file')!.invoke(context, '{"path":"/none.md"}')).toContain('NOT_FOUND');
  });
});

test('approve takes names, or a function', async () => {
  const context = new RunContext();
  const [named] = openaiAgentsTools(new MemoryFileBackend(), {
    tools: ['read_text_file'],
    approve: ['read_text_file'],
  });
  expect(await named!.needsApproval(context, {} as never)).toBe(true);
  const [asked] = openaiAgentsTools(new MemoryFileBackend(), {
    tools: ['write_file'],
    approve: ({ input }) => (input as { path: string }).path.startsWith('/private'),
  });
  expect(await asked!.needsApproval(context, { path: '/private/a' } as never)).toBe(true);
  expect(await asked!.needsApproval(context, { path: '/a' } as never)).toBe(false);
});
