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
    expect(message).toMatchObject({ content: 'Wrote 1 bytes to /a.md', tool_call_id: '1' });
    expect(await text(vault)).toBe('A');
    expect(await tools.get('read_text_file')!.invoke({ path: '/none.md' })).toContain('NOT_FOUND');
  });
});

describe('OpenAI Agents', () => {
  test('tools are invoked with JSON, and say which need approval', async () => {
    const vault = new MemoryFileBackend();
    const tools = new Map(openaiAgentsTools(vault).map((tool) => [tool.name, tool]));
    const context = new RunContext();
    expect(await tools.get('write_file')!.invoke(context, JSON.stringify(WRITE))).toBe(
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
