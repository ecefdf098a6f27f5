import type { FileBackend } from '@f9/core';
import { type FunctionTool, tool } from '@openai/agents';
import { toJSONSchema } from 'zod';
import { type AdapterOptions, needsApproval } from '../approval.ts';
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
      execute: async (input, _context, details): Promise<string> =>
        (await each.run(input, { signal: details?.signal })).content,
    }) as FunctionTool;
  });
}
