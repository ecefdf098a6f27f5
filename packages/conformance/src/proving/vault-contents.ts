import { createHash } from 'node:crypto';
import type { FileBackend } from '@f9/core';

/** Everything in a vault: directories, and files by their checksums. */
export async function snapshot(backend: FileBackend): Promise<Record<string, string>> {
  const entries: [string, string][] = [];
  for await (const entry of backend.list('/', { recursive: true })) {
    const content =
      entry.fileType === 'file'
        ? createHash('sha256')
            .update(await backend.read(entry.path))
            .digest('hex')
        : entry.fileType;
    entries.push([entry.path, content]);
  }
  return Object.fromEntries(entries);
}

/** The paths that a listing gives, in its order. */
export async function listed(backend: FileBackend, path?: string, recursive = false): Promise<string[]> {
  const paths: string[] = [];
  for await (const entry of backend.list(path, { recursive })) paths.push(entry.path);
  return paths;
}
