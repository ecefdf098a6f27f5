import type { VaultTool } from './tools/tool.ts';
import type { VaultToolsOptions } from './vault-tools.ts';

/** Options of every adapter. */
export interface AdapterOptions extends VaultToolsOptions {
  /**
   * Calls that a person has to approve, where the framework can ask: all that write (the default), those of some tools, those for
   * which a function says so, or `'none'`.
   */
  readonly approve?:
    | 'writes'
    | 'none'
    | readonly string[]
    | ((call: { readonly tool: string; readonly input: unknown }) => boolean);
}

/** Whether a call of a tool needs approval. */
export function needsApproval(
  { name, hints }: VaultTool,
  input: unknown,
  { approve = 'writes' }: AdapterOptions,
): boolean {
  if (approve === 'none') return false;
  if (approve === 'writes') return !hints.readOnly;
  return typeof approve === 'function' ? approve({ tool: name, input }) : approve.includes(name);
}
