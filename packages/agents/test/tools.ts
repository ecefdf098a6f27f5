import { type FileBackend, MemoryFileBackend } from '@f9/core';
import { type ToolAnswer, type ToolContext, type VaultToolsOptions, vaultTools } from '../src/index.ts';

/** Calls tools by name. */
export interface Tools {
  readonly names: readonly string[];
  call(name: string, input?: unknown, context?: ToolContext): Promise<ToolAnswer>;
  /** The text of an answer that is no failure. */
  text(name: string, input?: unknown): Promise<string>;
  /** The code of an answer that is one. */
  code(name: string, input?: unknown): Promise<string | undefined>;
}

export function toolsOf(vault: FileBackend, options: VaultToolsOptions = {}): Tools {
  const tools = new Map(vaultTools(vault, options).map((tool) => [tool.name, tool]));
  const call = (name: string, input?: unknown, context?: ToolContext): Promise<ToolAnswer> => {
    const tool = tools.get(name);
    if (tool === undefined) throw new Error(`There is no ${name}`);
    return tool.run(input, context);
  };
  return {
    names: [...tools.keys()],
    call,
    text: async (name, input) => {
      const { content, error } = await call(name, input);
      if (error !== undefined) throw new Error(content);
      return content;
    },
    code: async (name, input) => (await call(name, input)).error?.code,
  };
}

export async function vaultWith(
  files: Readonly<Record<string, string | Uint8Array>>,
): Promise<MemoryFileBackend> {
  const vault = new MemoryFileBackend();
  for (const [path, data] of Object.entries(files)) await vault.create(path, { data });
  return vault;
}
