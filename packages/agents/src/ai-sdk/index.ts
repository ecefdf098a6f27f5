import type { FileBackend } from '@f9/core';
import { type ToolSet, tool } from 'ai';
import { type AdapterOptions, needsApproval } from '../approval.ts';
import { vaultTools } from '../vault-tools.ts';

/** The tools over a vault for the AI SDK: `generateText({ tools: aiSdkTools(vault), … })`. */
export function aiSdkTools(vault: FileBackend, options: AdapterOptions = {}): ToolSet {
  const tools = vaultTools(vault, options).map((each) => [
    each.name,
    tool({
      description: each.description,
      inputSchema: each.input,
      needsApproval: (input) => needsApproval(each, input, options),
      execute: async (input: Record<string, unknown>, { abortSignal }): Promise<string> =>
        (await each.run(input, { signal: abortSignal })).content,
    }),
  ]);
  return Object.fromEntries(tools) as ToolSet;
}
