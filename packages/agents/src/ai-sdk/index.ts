import type { FileBackend } from '@f9/core';
import { type ToolResultPart, type ToolSet, tool } from 'ai';
import { type AdapterOptions, needsApproval } from '../approval.ts';
import { type ToolAnswer, wholeText } from '../tools/answer.ts';
import { vaultTools } from '../vault-tools.ts';

/** The tools over a vault for the AI SDK: `generateText({ tools: aiSdkTools(vault), … })`. */
export function aiSdkTools(vault: FileBackend, options: AdapterOptions = {}): ToolSet {
  const tools = vaultTools(vault, options).map((each) => [
    each.name,
    tool({
      description: each.description,
      inputSchema: each.input,
      needsApproval: (input) => needsApproval(each, input, options),
      execute: (input: Record<string, unknown>, { abortSignal }): Promise<ToolAnswer> =>
        each.run(input, { signal: abortSignal }),
      toModelOutput: ({ output }) => shown(output as ToolAnswer),
    }),
  ]);
  return Object.fromEntries(tools) as ToolSet;
}

function shown(answer: ToolAnswer): ToolResultPart['output'] {
  const text = wholeText(answer);
  if (answer.error !== undefined) return { type: 'error-text', value: text };
  if (answer.media === undefined) return { type: 'text', value: text };
  const { type, mimeType: mediaType, base64: data } = answer.media;
  const medium =
    type === 'image'
      ? ({ type: 'image-data', data, mediaType } as const)
      : ({ type: 'file-data', data, mediaType } as const);
  return { type: 'content', value: [{ type: 'text', text }, medium] };
}
