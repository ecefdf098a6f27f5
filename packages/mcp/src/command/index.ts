export { runMcpCommand } from './run-mcp-command.ts';
