import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { backendError } from '@f9/core/driver';
import { toNodeHandler } from '@modelcontextprotocol/node';
import {
  createMcpHandler,
  hostHeaderValidationResponse,
  localhostAllowedHostnames,
  originValidationResponse,
} from '@modelcontextprotocol/server';
import { vaultServers } from '../server/create-vault-server.ts';
import type { ServedVaults, VaultServerOptions } from '../server/options.ts';
import { bearerGate } from './bearer-gate.ts';
import { VaultEventBus } from './vault-event-bus.ts';

/** Fewest characters of a token; a shorter one can be guessed. */
const SHORTEST_TOKEN = 16;

/** The address of the server, and the clients that it serves. */
export interface VaultHttpOptions extends VaultServerOptions {
  /** TCP port; 0 takes a free one. */
  readonly port: number;
  /** The address to listen on. Default `127.0.0.1`. */
  readonly host?: string;
  /** The token that clients send as `Authorization: Bearer …`; at least 16 characters. */
  readonly token: string;
  /** Host names by which clients may call the server, against DNS rebinding. Default: those of the loopback, and `host`. */
  readonly allowedHosts?: readonly string[];
  /** Hosts whose web pages may call the server. Default: none; a client that is no browser sends no origin. */
  readonly allowedOrigins?: readonly string[];
}

/** A server that is listening. */
export interface VaultHttpServer extends AsyncDisposable {
  /** The URL for clients, ending in `/mcp`. */
  readonly url: string;
  /** Ends running calls and stops listening; the vaults stay open. */
  close(): Promise<void>;
}

/**
 * Serves vaults by streamable HTTP at `/mcp`, to clients with the token.
 * @throws `INVALID_ARGUMENT` for a token that is too short or cannot be sent, `UNAVAILABLE` where another program has the port
 */
export async function serveVaultOverHttp(
  vaults: ServedVaults,
  options: VaultHttpOptions,
): Promise<VaultHttpServer> {
  const { port, host = '127.0.0.1', token, allowedHosts: hosts, allowedOrigins = [], ...served } = options;
  if (token.length < SHORTEST_TOKEN || !/^[\w.~+/=-]+$/.test(token)) {
    throw backendError(
      'INVALID_ARGUMENT',
      `The token must have at least ${SHORTEST_TOKEN} letters, digits or - . _ ~ + / =, and nothing else`,
    );
  }
  const allowedHosts = [...(hosts ?? [...localhostAllowedHostnames(), host])];
  const { factory, vault } = vaultServers(vaults, served, { tellsOfChanges: true });
  const bus = new VaultEventBus(vault);
  const handler = createMcpHandler(factory, { bus });
  const isAllowed = bearerGate(token);
  const fetch = async (request: Request): Promise<Response> =>
    hostHeaderValidationResponse(request, allowedHosts) ??
    originValidationResponse(request, [...allowedOrigins]) ??
    (new URL(request.url).pathname === '/mcp' ? undefined : new Response('Not found\n', { status: 404 })) ??
    isAllowed(request) ??
    handler.fetch(request);
  const answer = toNodeHandler({ ...handler, fetch });
  const server = createServer((incoming, outgoing) => {
    // The parameter's type lacks the `undefined` that Node's own has.
    void answer(incoming as Parameters<typeof answer>[0], outgoing);
  });
  await listen(server, port, host);
  const address = server.address() as AddressInfo;
  const close = async (): Promise<void> => {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    await handler.close();
    bus.close();
    server.closeAllConnections();
    await closed;
  };
  const name = host.includes(':') ? `[${host}]` : host;
  return { url: `http://${name}:${address.port}/mcp`, close, [Symbol.asyncDispose]: close };
}

async function listen(server: Server, port: number, host: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) => {
      const { code = 'it failed' } = cause as NodeJS.ErrnoException;
      const why = code === 'EADDRINUSE' ? 'another program listens there' : code;
      reject(backendError('UNAVAILABLE', `Cannot listen on ${host} port ${port}: ${why}`, { cause }));
    });
    server.listen(port, host, resolve);
  });
}
