import type { FileBackend } from '@f9/core';
import { type FunctionTool, tool } from '@openai/agents';
import { toJSONSchema } from 'zod';
import { type AdapterOptions, needsApproval } from '../approval.ts';
import { type ToolAnswer, wholeText } from '../tools/answer.ts';
import { vaultTools } from '../vault-tools.ts';

/** The tools over a vault for the OpenAI Agents SDK: `new Agent({ tools: openaiAgentsTools(vault), … })`. */
export function openaiAgentsTools(vault: FileBackend, options: AdapterOptions = {}): FunctionTool[] {
  return vaultTools(vault, options).map((each) => {
    const { properties = {}, required = [] } = toJSONSchema(each.input, { io: 'input' });
    return tool({
      name: each.name,
      description: each.description,
      // Strict schemas of the service have no optional arguments; the tool checks its input itself.
      strict: false,
      parameters: {
        type: 'object',
        properties: properties as Record<string, object>,
        required,
        additionalProperties: true,
      },
      needsApproval: async (_, input) => needsApproval(each, input, options),
      execute: async (input, _context, details) => shown(await each.run(input, { signal: details?.signal })),
    }) as FunctionTool;
  });
}

/** Text, or what the service takes for content where there is a picture or the like. */
function shown(answer: ToolAnswer) {
  const text = wholeText(answer);
  if (answer.media === undefined) return text;
  const { type, mimeType: mediaType, base64: data, path } = answer.media;
  const said = { type: 'text', text } as const;
  if (type === 'image') return [said, { type: 'image', image: { data, mediaType } } as const];
  return [said, { type: 'file', file: { data, mediaType, filename: path } } as const];
}
