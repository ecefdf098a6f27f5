import type { McpServer, Transport } from '@modelcontextprotocol/server';
import { StdioServerTransport, serveStdio } from '@modelcontextprotocol/server/stdio';
import { vaultServers } from '../server/create-vault-server.ts';
import { followVault } from '../server/follow-vault.ts';
import type { ServedVaults, VaultServerOptions } from '../server/options.ts';

/** Serves vaults to the one client at this process's standard input and output. */
export function serveVaultOverStdio(
  vaults: ServedVaults,
  { onError, ...served }: VaultServerOptions & { readonly onError: (error: Error) => void },
): { close(): Promise<void> } {
  const { factory, vault } = vaultServers(vaults, served, { tellsOfChanges: true });
  const ended = new AbortController();
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
    { transport: heedingListeners(new StdioServerTransport(), follow), onerror: onError },
  );
  return {
    close: async () => {
      ended.abort();
      await handle.close();
    },
  };
}

/** Reports listeners to the server: the SDK answers them by itself, without telling it. */
function heedingListeners(inner: Transport, onListen: () => void): Transport {
  const transport: Transport = {
    start: () => {
      inner.onclose = () => transport.onclose?.();
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
