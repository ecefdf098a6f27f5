import type { FileBackend } from '@f9/core';
import { resourceUri } from './resource-uri.ts';

/** What a client hears of: a resource to read again, or that others came or went. */
export interface ResourceListener {
  updated(uri: string): void;
  listChanged(): void;
}

/**
 * Tells of every change of a vault's files until the signal aborts; more often than needed, never less. Where changes were missed, every
 * file there may have changed.
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
    // A vault that was closed, or that cannot be watched any more: what clients have may be old.
    if (!signal.aborted) listChanged();
  }
}
