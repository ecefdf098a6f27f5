import { appendFileSync } from 'node:fs';
import { isFileBackendError } from '@f9/core';
import { backendError } from '@f9/core/driver';
import { packageVersion } from '../package-version.ts';
import type { ToolCall, VaultServerOptions } from '../server/options.ts';
import { serveVaultOverStdio } from '../stdio/serve-vault-over-stdio.ts';
import { type McpArguments, mcpArguments, USAGE } from './arguments.ts';
import { type FindVault, type OpenedVaults, openVaults } from './open-vaults.ts';

/** The process that the command runs in. */
export interface McpCommandHost {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly print: (text: string) => void;
  /** Prints logs and errors where MCP clients look for them. */
  readonly log: (text: string) => void;
  /** Aborted when the process has to end. */
  readonly signal: AbortSignal;
  /** Finds vaults by name, beside folders and URIs. */
  readonly findVault?: FindVault;
}

/** Serves until the client leaves or the signal is aborted. @returns the exit code */
export async function runMcpCommand(args: readonly string[], host: McpCommandHost): Promise<number> {
  try {
    const given = mcpArguments(args);
    if (given.help) host.print(USAGE);
    else if (given.version) host.print(`${packageVersion()}\n`);
    else await serve(given, host);
    return 0;
  } catch (error) {
    if (!isFileBackendError(error)) throw error;
    host.log(`f9-mcp: ${error.message}\n`);
    return error.code === 'INVALID_ARGUMENT' ? 2 : 1;
  }
}

async function serve(given: McpArguments, host: McpCommandHost): Promise<void> {
  const token = given.http === undefined ? undefined : tokenOf(given, host);
  await using opened = await openVaults(given.vaults, host.findVault ?? (async () => undefined));
  const options = optionsOf(given, opened);
  if (given.http === undefined) return await overStdio(opened, options, host);
  // Serving standard input and output does not need to load it.
  const { serveVaultOverHttp } = await import('../http/serve-vault-over-http.ts');
  await using server = await serveVaultOverHttp(opened.vaults, {
    ...options,
    ...given.http,
    token: token!,
    allowedOrigins: given.allowedOrigins,
    ...(given.allowedHosts === undefined ? {} : { allowedHosts: given.allowedHosts }),
  });
  host.log(`f9-mcp: serving at ${server.url}\n`);
  await aborted(host.signal);
}

function optionsOf(given: McpArguments, { hostRoots }: OpenedVaults): VaultServerOptions {
  return {
    readOnly: given.readOnly,
    deny: given.deny,
    confirm: given.confirm,
    hostRoots,
    ...(given.tools === undefined ? {} : { tools: given.tools }),
    ...(given.allow === undefined ? {} : { allow: given.allow }),
    ...(given.maxBytes === undefined ? {} : { maxBytes: given.maxBytes }),
    ...(given.audit === undefined ? {} : { onCall: auditTo(given.audit) }),
  };
}

/** Writes one line of JSON for each call, before its answer is sent. */
function auditTo(file: string): (call: ToolCall) => void {
  const append = (line: string, what: string): void => {
    try {
      appendFileSync(file, line);
    } catch (error) {
      const { code = 'UNKNOWN' } = error as NodeJS.ErrnoException;
      throw backendError('UNAVAILABLE', `${what}: the audit file cannot be written (${code})`, {
        cause: error,
      });
    }
  };
  append('', 'Nothing is served'); // Fails at the start if the file cannot be written.
  return (call) =>
    append(`${JSON.stringify(call)}\n`, 'The call may have been made, and is not in the audit');
}

async function overStdio(
  { vaults }: OpenedVaults,
  options: VaultServerOptions,
  { log, signal }: McpCommandHost,
): Promise<void> {
  let hasLeft = false;
  const onError = ({ message }: Error): void => log(`f9-mcp: ${message}\n`);
  const server = serveVaultOverStdio(vaults, { ...options, onError });
  for (const event of ['end', 'close']) process.stdin.once(event, () => (hasLeft = true));
  await Promise.race([aborted(signal), server.ended]);
  const isCutOff = !signal.aborted && !hasLeft;
  await server.close();
  if (isCutOff) {
    const why =
      'The client cannot be talked to any more, for the reason above; it has to start the server again';
    throw backendError('UNAVAILABLE', why);
  }
}

function tokenOf({ tokenVariable }: McpArguments, { environment }: McpCommandHost): string {
  const token = environment[tokenVariable];
  if (token !== undefined && token !== '') return token;
  throw backendError(
    'INVALID_ARGUMENT',
    `--http needs a token: set ${tokenVariable}, or name another variable with --token-env`,
  );
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
