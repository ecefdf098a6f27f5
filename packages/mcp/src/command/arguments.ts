import { parseArgs } from 'node:util';
import type { ConsentKind } from '@f9/agents';
import { backendError } from '@f9/core/driver';

export const USAGE = `Usage: f9-mcp [options] <folder | URI | name=folder | name=URI>...

Serves vaults to MCP clients: one as /, several as /name each.

Options:
  --read-only             only tools that read
  --tools A,B             only these tools
  --allow GLOB            only paths that match (may be given several times)
  --deny GLOB             hide paths that match (may be given several times)
  --confirm KIND,KIND     ask the person first: delete, overwrite, sync, write
  --max-bytes N           text in one answer (default 100000)
  --http HOST:PORT        serve streamable HTTP instead of stdio
  --token-env NAME        the variable that holds the token for --http (default F9_MCP_TOKEN)
  --allow-host NAME       a host name by which clients may call --http
  --allow-origin NAME     a host whose web pages may call --http
  --audit FILE            append every call, without the content of files, as a line of JSON
  --help, --version
`;

const KINDS: readonly ConsentKind[] = ['delete', 'overwrite', 'sync', 'write'];

/** The command line, parsed. */
export interface McpArguments {
  readonly help: boolean;
  readonly version: boolean;
  readonly vaults: readonly string[];
  readonly readOnly: boolean;
  readonly tools: readonly string[] | undefined;
  readonly allow: readonly string[] | undefined;
  readonly deny: readonly string[];
  readonly confirm: readonly ConsentKind[];
  readonly maxBytes: number | undefined;
  readonly http: { readonly host: string; readonly port: number } | undefined;
  readonly tokenVariable: string;
  readonly allowedHosts: readonly string[] | undefined;
  readonly allowedOrigins: readonly string[];
  readonly audit: string | undefined;
}

/** Parses the command line. @throws `INVALID_ARGUMENT` in its words */
export function mcpArguments(args: readonly string[]): McpArguments {
  const { values, positionals } = parsed(args);
  return {
    help: values.help ?? false,
    version: values.version ?? false,
    vaults: positionals,
    readOnly: values['read-only'] ?? false,
    tools: values.tools === undefined ? undefined : listed(values.tools),
    allow: values.allow,
    deny: values.deny ?? [],
    confirm: listed(values.confirm ?? '').map(kind),
    maxBytes: values['max-bytes'] === undefined ? undefined : bytes(values['max-bytes']),
    http: values.http === undefined ? undefined : address(values.http),
    tokenVariable: values['token-env'] ?? 'F9_MCP_TOKEN',
    allowedHosts: values['allow-host'],
    allowedOrigins: values['allow-origin'] ?? [],
    audit: values.audit,
  };
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        help: { type: 'boolean', short: 'h' },
        version: { type: 'boolean' },
        'read-only': { type: 'boolean' },
        tools: { type: 'string' },
        allow: { type: 'string', multiple: true },
        deny: { type: 'string', multiple: true },
        confirm: { type: 'string' },
        'max-bytes': { type: 'string' },
        http: { type: 'string' },
        'token-env': { type: 'string' },
        'allow-host': { type: 'string', multiple: true },
        'allow-origin': { type: 'string', multiple: true },
        audit: { type: 'string' },
      },
    });
  } catch (error) {
    throw backendError('INVALID_ARGUMENT', `${(error as Error).message.split('. ')[0]}; see f9-mcp --help`);
  }
}

function listed(text: string): string[] {
  return text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}

function kind(name: string): ConsentKind {
  const known = KINDS.find((candidate) => candidate === name);
  if (known !== undefined) return known;
  throw backendError('INVALID_ARGUMENT', `--confirm takes ${KINDS.join(', ')}, not ${name}`);
}

function bytes(text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= 1000) return value;
  throw backendError('INVALID_ARGUMENT', `--max-bytes takes a whole number of at least 1000, not ${text}`);
}

function address(text: string): { readonly host: string; readonly port: number } {
  const { host, port } = /^(?:(?<host>\[[^\]]+\]|[^:]*):)?(?<port>\d{1,5})$/.exec(text)?.groups ?? {};
  if (port === undefined || Number(port) > 65_535) {
    throw backendError('INVALID_ARGUMENT', `--http takes HOST:PORT, such as 127.0.0.1:8080, not ${text}`);
  }
  return {
    host: host === undefined || host === '' ? '127.0.0.1' : host.replace(/^\[|\]$/g, ''),
    port: Number(port),
  };
}
