import type { McpServer, Transport } from '@modelcontextprotocol/server';
import { StdioServerTransport, serveStdio } from '@modelcontextprotocol/server/stdio';
import { vaultServers } from '../server/create-vault-server.ts';
import { followVault } from '../server/follow-vault.ts';
import type { ServedVaults, VaultServerOptions } from '../server/options.ts';

/** Vaults that are served to one client. */
export interface StdioServer {
  /** Settles once nothing is served any more: the client has left, cannot be written to, or sent more than a message may hold. */
  readonly ended: Promise<void>;
  /** Ends it. */
  close(): Promise<void>;
}

/** Serves vaults to the one client at this process's standard input and output. */
export function serveVaultOverStdio(
  vaults: ServedVaults,
  { onError, ...served }: VaultServerOptions & { readonly onError: (error: Error) => void },
): StdioServer {
  const { factory, vault } = vaultServers(vaults, served, { tellsOfChanges: true });
  const ended = new AbortController();
  const { promise: isEnded, resolve: end } = Promise.withResolvers<void>();
  let server: McpServer | undefined;
  let isFollowing = false;
  const follow = (): void => {
    if (isFollowing) return;
    isFollowing = true;
    // The transport drops it where nobody listens.
    const updated = (uri: string): void => void server?.server.sendResourceUpdated({ uri });
    const listChanged = (): void => server?.sendResourceListChanged();
    void followVault(vault, { updated, listChanged }, ended.signal);
  };
  const handle = serveStdio(
    async (context) => {
      const made = await factory(context);
      if (!('registerTool' in made)) return made;
      server = made;
      return made;
    },
    { transport: heeding(new StdioServerTransport(), { onListen: follow, onClose: end }), onerror: onError },
  );
  return {
    ended: isEnded,
    close: async () => {
      ended.abort();
      await handle.close();
    },
  };
}

/** Reports listeners and the end to the server: the SDK answers them by itself, without telling it. */
function heeding(
  inner: Transport,
  { onListen, onClose }: { readonly onListen: () => void; readonly onClose: () => void },
): Transport {
  const transport: Transport = {
    start: () => {
      inner.onclose = () => {
        onClose();
        transport.onclose?.();
      };
      inner.onerror = (error) => transport.onerror?.(error);
      inner.onmessage = (message, extra) => {
        if ('method' in message && message.method === 'subscriptions/listen') onListen();
        transport.onmessage?.(message, extra);
      };
      return inner.start();
    },
    send: (message, options) => inner.send(message, options),
    close: () => inner.close(),
  };
  return transport;
}
