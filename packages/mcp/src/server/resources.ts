import { type FileBackend, isFileBackendError, mediaType } from '@f9/core';
import { compareTreeOrder } from '@f9/core/driver';
import { readLines } from '@f9/text/files';
import {
  type ListResourcesResult,
  type McpServer,
  ProtocolError,
  ProtocolErrorCode,
  ResourceNotFoundError,
  ResourceTemplate,
} from '@modelcontextprotocol/server';
import { followVault } from './follow-vault.ts';
import { resourceUri } from './resource-uri.ts';

/** Files on one page of the list. */
const PAGE = 1000;
const COMPLETIONS = 100;

/** The part that tells a client of changes: the server itself on its connection, the code that serves it, or none. */
export type Subscriptions = 'own' | 'served' | 'none';

/** Adds the files of a vault as resources `f9://vault/{+path}`, with pages, completion of paths, and notice of changes. */
export function registerResources(
  server: McpServer,
  vault: FileBackend,
  { maxBytes, subscriptions }: { readonly maxBytes: number; readonly subscriptions: Subscriptions },
): void {
  const isTold = subscriptions !== 'none';
  server.server.registerCapabilities({ resources: { subscribe: isTold, listChanged: isTold } });
  const template = new ResourceTemplate('f9://vault/{+path}', {
    list: undefined,
    complete: { path: (typed) => completions(vault, typed) },
  });
  server.registerResource(
    'file',
    template,
    { title: 'Files of the vault' },
    async (uri, { path }, { mcpReq: { signal } }) => {
      const at = decodeURIComponent(String(path));
      try {
        return { contents: [await contentsOf(vault, uri.href, at, maxBytes, signal)] };
      } catch (error) {
        if (isFileBackendError(error, 'NOT_FOUND'))
          throw new ResourceNotFoundError(uri.href, `There is no file ${at}`);
        throw error;
      }
    },
  );
  // The SDK's own list has no pages.
  server.server.setRequestHandler('resources/list', ({ params }, { mcpReq: { signal } }) =>
    pageOf(vault, params?.cursor, signal),
  );
  if (subscriptions === 'own') keepSubscriptions(server, vault);
}

/** Follows the vault from the first subscription of a connection until the connection ends. */
function keepSubscriptions({ server }: McpServer, vault: FileBackend): void {
  const subscribed = new Set<string>();
  const ended = new AbortController();
  let isFollowing = false;
  server.onclose = () => ended.abort();
  server.setRequestHandler('resources/subscribe', ({ params: { uri } }) => {
    subscribed.add(uri);
    if (!isFollowing) {
      isFollowing = true;
      const updated = (changed: string): void => {
        if (subscribed.has(changed)) void server.sendResourceUpdated({ uri: changed });
      };
      void followVault(
        vault,
        { updated, listChanged: () => void server.sendResourceListChanged() },
        ended.signal,
      );
    }
    return {};
  });
  server.setRequestHandler('resources/unsubscribe', ({ params: { uri } }) => {
    subscribed.delete(uri);
    return {};
  });
}

/** Files in the order of the tree; the cursor is the last path of the page before. */
async function pageOf(
  vault: FileBackend,
  cursor: string | undefined,
  signal: AbortSignal,
): Promise<ListResourcesResult> {
  const after = cursor === undefined ? undefined : pathOf(cursor);
  const resources: ListResourcesResult['resources'] = [];
  for await (const { path, isDir, size } of vault.list('/', { recursive: true, signal })) {
    if (isDir || (after !== undefined && compareTreeOrder(path, after) <= 0)) continue;
    if (resources.length === PAGE) return { resources, nextCursor: cursorOf(resources.at(-1)!.name) };
    const known = size === undefined ? {} : { size };
    resources.push({ uri: resourceUri(path), name: path, mimeType: mediaType(path), ...known });
  }
  return { resources };
}

function cursorOf(path: string): string {
  return Buffer.from(path).toString('base64url');
}

function pathOf(cursor: string): string {
  const path = Buffer.from(cursor, 'base64url').toString();
  if (cursorOf(path) === cursor && path !== '') return path;
  throw new ProtocolError(ProtocolErrorCode.InvalidParams, 'The cursor is none that this server gave');
}

async function contentsOf(
  vault: FileBackend,
  uri: string,
  path: string,
  maxBytes: number,
  signal: AbortSignal,
) {
  const mimeType = mediaType(path);
  try {
    const { text, nextOffset } = await readLines(vault, path, { maxBytes, signal });
    const more = nextOffset === undefined ? '' : `\n… more: read_text_file with offset ${nextOffset}`;
    return { uri, mimeType, text: text + more };
  } catch (error) {
    if (!isFileBackendError(error, 'INVALID_TEXT')) throw error;
    const bytes = await vault.read(path, { length: maxBytes, signal });
    return { uri, mimeType, blob: Buffer.from(bytes).toString('base64') };
  }
}

/** Paths that begin with the typed text, one directory level at a time. */
async function completions(vault: FileBackend, typed: string): Promise<string[]> {
  const directory = typed.slice(0, typed.lastIndexOf('/') + 1);
  const found: string[] = [];
  try {
    for await (const { path, isDir } of vault.list(directory === '' ? '/' : directory)) {
      if (path.startsWith(typed)) found.push(isDir ? `${path}/` : path);
      if (found.length === COMPLETIONS) break;
    }
  } catch (error) {
    if (!isFileBackendError(error)) throw error;
  }
  return found;
}
