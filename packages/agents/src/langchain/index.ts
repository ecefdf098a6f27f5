import type { FileBackend } from '@f9/core';
import { type DynamicStructuredTool, tool } from '@langchain/core/tools';
import { type VaultToolsOptions, vaultTools } from '../vault-tools.ts';

/** The tools over a vault for LangChain and LangGraph: `createAgent({ tools: langchainTools(vault), … })`. Approval is the graph's. */
export function langchainTools(vault: FileBackend, options: VaultToolsOptions = {}): DynamicStructuredTool[] {
  return vaultTools(vault, options).map(
    (each) =>
      tool(
        async (input: Record<string, unknown>, config?: { readonly signal?: AbortSignal }): Promise<string> =>
          (await each.run(input, { signal: config?.signal })).content,
        { name: each.name, description: each.description, schema: each.input },
      ) as DynamicStructuredTool,
  );
}
