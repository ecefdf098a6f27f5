import type { FileBackend } from '@f9/core';
import { type DynamicStructuredTool, tool } from '@langchain/core/tools';
import { type ToolAnswer, wholeText } from '../tools/answer.ts';
import { type VaultToolsOptions, vaultTools } from '../vault-tools.ts';

/** The tools over a vault for LangChain and LangGraph: `createAgent({ tools: langchainTools(vault), … })`. Approval is the graph's. */
export function langchainTools(vault: FileBackend, options: VaultToolsOptions = {}): DynamicStructuredTool[] {
  return vaultTools(vault, options).map(
    (each) =>
      tool(
        async (input: Record<string, unknown>, config?: { readonly signal?: AbortSignal }) =>
          shown(await each.run(input, { signal: config?.signal })),
        { name: each.name, description: each.description, schema: each.input },
      ) as DynamicStructuredTool,
  );
}

/** Text, or blocks of content where there is a picture or the like. */
function shown(answer: ToolAnswer): string | readonly object[] {
  const text = wholeText(answer);
  if (answer.media === undefined) return text;
  const { type, mimeType, base64: data } = answer.media;
  return [
    { type: 'text', text },
    { type, mimeType, data },
  ];
}
