import type { FileBackend } from '@f9/core';
import { backendError } from '@f9/core/driver';
import { mount } from '@f9/registry';
import type { ServedVaults } from './options.ts';

/** The tree that clients see, and its vaults if there are several. */
export interface ServedTree {
  readonly vault: FileBackend;
  readonly parts: Readonly<Record<string, FileBackend>>;
}

export function servedTree(vaults: ServedVaults): ServedTree {
  if (isVault(vaults)) return { vault: vaults, parts: {} };
  const places = Object.entries(vaults).map(([name, vault]) => [`/${name}`, vault] as const);
  return { vault: mount(Object.fromEntries(places)), parts: vaults };
}

function isVault(vaults: ServedVaults): vaults is FileBackend {
  if (typeof vaults === 'object' && vaults !== null) return 'driver' in vaults && 'capabilities' in vaults;
  throw backendError('INVALID_ARGUMENT', 'A server needs a vault, or several by name');
}
