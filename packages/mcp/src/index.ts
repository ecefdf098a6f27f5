export { createVaultServer } from './server/create-vault-server.ts';
export type { ServedVaults, ToolCall, VaultServerOptions } from './server/options.ts';
export { registerVaultTools } from './server/register-tools.ts';
export type { OlderMcpServer } from './server/tool-request.ts';
