import { type FileBackend, isFileBackendError, mediaType } from '@f9/core';
import { readLines } from '@f9/text';
import { type McpServer, ResourceNotFoundError, ResourceTemplate } from '@modelcontextprotocol/server';
import { resourceUri } from './register-tools.ts';

/** Files that a list of resources names; the tools page through more. */
const LISTED = 1000;
const COMPLETIONS = 100;

/** Adds the files of a vault as resources `f9://vault/{+path}`, with completion of paths. */
export function registerResources(server: McpServer, vault: FileBackend, maxBytes: number): void {
  const template = new ResourceTemplate('f9://vault/{+path}', {
    list: async ({ mcpReq: { signal } }) => {
      const resources = [];
      for await (const { path, isDir, size } of vault.list('/', { recursive: true, signal })) {
        if (isDir) continue;
        resources.push({
          uri: resourceUri(path),
          name: path,
          mimeType: mediaType(path),
          ...(size === undefined ? {} : { size }),
        });
        if (resources.length === LISTED) break;
      }
      return { resources };
    },
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

/** Paths that begin with what was typed, one directory at a time. */
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
