import { type FileBackend, readOnly, rememberDirectories, restrict } from '@f9/core';

/** What no model needs: what git keeps, and for writing what Obsidian does. */
const NEVER = ['.git', '.git/**', '**/.git', '**/.git/**'];
const NEVER_WRITTEN = ['.obsidian', '.obsidian/**', '**/.obsidian', '**/.obsidian/**'];

/** How far agents may go. */
export interface GuardOptions {
  /** Only reading. Default false. */
  readonly readOnly?: boolean;
  /** Only paths that match one of these patterns. Default: all. */
  readonly allow?: readonly string[];
  /** Paths to hide and to keep from being written, beside `.git`. Where they overlap with `allow`, they win. */
  readonly deny?: readonly string[];
  /** Where the vault lies in the tree that the patterns are of. Default: at its root. */
  readonly at?: string;
}

/** A vault as far as agents may see and change it; directories that they make are there before a file is in them. */
export function guardVault(
  vault: FileBackend,
  { allow, deny = [], readOnly: readsOnly = false, at }: GuardOptions,
): FileBackend {
  const read = { ...(allow === undefined ? {} : { allow }), deny: [...NEVER, ...deny] };
  const restricted = restrict(rememberDirectories(vault), {
    read,
    ...(at === undefined ? {} : { at }),
    write: { ...read, deny: [...read.deny, ...NEVER_WRITTEN] },
  });
  return readsOnly ? readOnly(restricted) : restricted;
}
