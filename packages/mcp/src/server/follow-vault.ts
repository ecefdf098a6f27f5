import type { FileBackend } from '@f9/core';
import { resourceUri } from './resource-uri.ts';

/** Hears of changes for a client: a resource to read again, or one that came or went. */
export interface ResourceListener {
  updated(uri: string): void;
  listChanged(): void;
}

/**
 * Tells of every change of a vault's files until the signal aborts, rather too often than not at all. Where changes were missed,
 * every file may have changed.
 */
export async function followVault(
  vault: FileBackend,
  { updated, listChanged }: ResourceListener,
  signal: AbortSignal,
): Promise<void> {
  const known = new Set<string>();
  try {
    for await (const { path, kind } of vault.watch('/', { signal })) {
      if (kind === 'written' && known.has(path)) updated(resourceUri(path));
      else if (kind === 'overflow') {
        listChanged();
        for await (const { path: below, isDir } of vault.list('/', { recursive: true, signal }))
          if (!isDir) updated(resourceUri(below));
      } else {
        if (kind === 'written') known.add(path);
        else known.delete(path);
        updated(resourceUri(path));
        listChanged();
      }
    }
  } catch {
    // The vault was closed, or cannot be watched any more, so that the client's view may be old.
    if (!signal.aborted) listChanged();
  }
}
