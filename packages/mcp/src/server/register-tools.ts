import { type ToolAnswer, type VaultTool, vaultTools } from '@f9/agents';
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
import { servedTree } from './served-tree.ts';
import { ANSWER_SCHEMA, inputSchemaOf } from './tool-schemas.ts';

/** Adds the tools over vaults to a server of one's own. */
export function registerVaultTools(
  server: McpServer,
  vaults: ServedVaults,
  options: VaultServerOptions = {},
): void {
  const { vault, parts } = servedTree(vaults);
  const { confirm: _asked, onCall: _told, ...ofTools } = options;
  for (const tool of vaultTools(vault, { ...ofTools, parts })) registerTool(server, tool, options);
}

/** Adds one tool. */
export function registerTool(server: McpServer, tool: VaultTool, options: VaultServerOptions): void {
  const { title, description, hints } = tool;
  server.registerTool(
    tool.name,
    {
      title,
      description,
      inputSchema: inputSchemaOf(tool),
      outputSchema: ANSWER_SCHEMA,
      annotations: {
        readOnlyHint: hints.readOnly,
        destructiveHint: hints.destructive,
        idempotentHint: hints.idempotent,
        openWorldHint: hints.openWorld,
      },
    },
    (input, context) => call(tool, input, context, options),
  );
}

async function call(
  tool: VaultTool,
  input: unknown,
  context: ServerContext,
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
      signal: context.mcpReq.signal,
      // Without consent to ask for, no tool needs to look what it would replace.
      consent: confirm.length === 0 ? undefined : consentFrom(context, confirm),
      onProgress: progressOf(context),
    });
    tell(answer.error?.code ?? 'ok');
    return resultOf(answer);
  } catch (error) {
    if (error instanceof ConsentRequired) {
      tell('asks for consent');
      return error.result();
    }
    tell(context.mcpReq.signal.aborted ? 'cancelled' : 'UNKNOWN');
    throw error;
  }
}

function progressOf({
  mcpReq,
}: ServerContext): (progress: { done: number; total: number; what: string }) => void {
  const progressToken = mcpReq._meta?.progressToken;
  return ({ done, total, what }) => {
    if (progressToken === undefined) return;
    const params = { progressToken, progress: done, total, message: what };
    // The client may have left.
    mcpReq.notify({ method: 'notifications/progress', params }).catch(() => undefined);
  };
}

function resultOf({ content, data, media, error }: ToolAnswer): CallToolResult {
  const structuredContent = { content, ...data, ...(error === undefined ? {} : { error }) };
  const text = { type: 'text', text: content } as const;
  if (media === undefined)
    return { content: [text], structuredContent, ...(error === undefined ? {} : { isError: true }) };
  const { type, mimeType, base64, path } = media;
  const block =
    type === 'file'
      ? ({ type: 'resource', resource: { uri: resourceUri(path), mimeType, blob: base64 } } as const)
      : ({ type, data: base64, mimeType } as const);
  return { content: [text, block], structuredContent };
}
