export type { AdapterOptions } from './approval.ts';
export type { GuardOptions } from './guard-vault.ts';
export { guardsOf, guardVault } from './guard-vault.ts';
export type { ToolAnswer, ToolMedia } from './tools/answer.ts';
export type {
  ConsentKind,
  ToolContext,
  ToolHints,
  VaultTool,
} from './tools/tool.ts';
export type { VaultToolsOptions } from './vault-tools.ts';
export { vaultTools } from './vault-tools.ts';
