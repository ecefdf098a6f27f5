import type { ToolAnswer, ToolMedia, VaultTool } from '@f9/agents';
import type {
  CallToolResult,
  InputRequiredResult,
  McpServer,
  ServerContext,
} from '@modelcontextprotocol/server';
import { auditedArguments } from './audit.ts';
import { ConsentRequired, consentFrom } from './consent.ts';
import type { ServedVaults, VaultServerOptions } from './options.ts';
import { resourceUri } from './resource-uri.ts';
import { servedTools } from './served-tools.ts';
import {
  type OlderContext,
  type OlderMcpServer,
  olderRequestOf,
  requestOf,
  type ToolRequest,
} from './tool-request.ts';
import { ANSWER_SCHEMA, inputSchemaOf } from './tool-schemas.ts';

/** Adds the tools over vaults to a server of one's own, of version 1 or 2 of the SDK. */
export function registerVaultTools(
  server: McpServer | OlderMcpServer,
  vaults: ServedVaults,
  options: VaultServerOptions = {},
): void {
  for (const tool of servedTools(vaults, options).tools) registerTool(server, tool, options);
}

/** Adds one tool. */
export function registerTool(
  server: McpServer | OlderMcpServer,
  tool: VaultTool,
  options: VaultServerOptions,
): void {
  const { title, description, hints } = tool;
  const config = {
    title,
    description,
    inputSchema: inputSchemaOf(tool),
    outputSchema: ANSWER_SCHEMA,
    annotations: {
      readOnlyHint: hints.readOnly,
      openWorldHint: hints.openWorld,
      // Of a tool that only reads these say nothing.
      ...(hints.readOnly ? {} : { destructiveHint: hints.destructive, idempotentHint: hints.idempotent }),
    },
  };
  const callback = (
    input: unknown,
    context: ServerContext | OlderContext,
  ): Promise<CallToolResult | InputRequiredResult> =>
    call(tool, input, 'mcpReq' in context ? requestOf(context) : olderRequestOf(context, server), options);
  server.registerTool(tool.name, config as never, callback as never);
}

async function call(
  tool: VaultTool,
  input: unknown,
  request: ToolRequest,
  { confirm = [], onCall }: VaultServerOptions,
): Promise<CallToolResult | InputRequiredResult> {
  const at = new Date();
  const tell = (outcome: string): void =>
    onCall?.({
      at,
      tool: tool.name,
      arguments: auditedArguments(input),
      outcome,
      duration: Date.now() - at.getTime(),
    });
  try {
    const answer = await tool.run(input, {
      signal: request.signal,
      // Without consent to ask for, no tool needs to look what it would replace.
      consent: confirm.length === 0 ? undefined : consentFrom(request.ask, confirm),
      onProgress: request.tellProgress,
    });
    tell(answer.error?.code ?? 'ok');
    return resultOf(answer);
  } catch (error) {
    if (error instanceof ConsentRequired) {
      tell('asks for consent');
      return error.result();
    }
    tell(request.signal.aborted ? 'cancelled' : 'UNKNOWN');
    throw error;
  }
}

function resultOf({ content, remark, data, media, error }: ToolAnswer): CallToolResult {
  const structuredContent = { content, ...data, ...(error === undefined ? {} : { error }) };
  const blocks: CallToolResult['content'] = [{ type: 'text', text: content }];
  if (media !== undefined) blocks.push(blockOf(media));
  // Many clients show a model these blocks alone.
  if (remark !== undefined) blocks.push({ type: 'text', text: remark });
  return { content: blocks, structuredContent, ...(error === undefined ? {} : { isError: true }) };
}

function blockOf({ type, mimeType, base64, path }: ToolMedia): CallToolResult['content'][number] {
  return type === 'file'
    ? { type: 'resource', resource: { uri: resourceUri(path), mimeType, blob: base64 } }
    : { type, data: base64, mimeType };
}
