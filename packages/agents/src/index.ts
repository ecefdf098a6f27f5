export type { GuardOptions } from './guard-vault.ts';
export { guardVault } from './guard-vault.ts';
export type {
  ConsentKind,
  ToolAnswer,
  ToolContext,
  ToolHints,
  ToolMedia,
  VaultTool,
} from './tools/tool.ts';
export type { VaultToolsOptions } from './vault-tools.ts';
export { vaultTools } from './vault-tools.ts';
