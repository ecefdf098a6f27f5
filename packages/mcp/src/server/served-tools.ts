import { type VaultTool, type VaultToolsOptions, vaultTools } from '@f9/agents';
import type { FileBackend } from '@f9/core';
import { backendError } from '@f9/core/driver';
import { mount } from '@f9/registry';
import type { ServedVaults, VaultServerOptions } from './options.ts';

/** The tree that clients see, and the tools over it. */
export interface ServedTools {
  readonly vault: FileBackend;
  readonly tools: readonly VaultTool[];
}

export function servedTools(vaults: ServedVaults, options: VaultServerOptions): ServedTools {
  const ofTools = optionsOfTools(options);
  if (isVault(vaults)) return { vault: vaults, tools: vaultTools(vaults, ofTools) };
  const places = Object.entries(vaults).map(([name, vault]) => [`/${name}`, vault] as const);
  const vault = mount(Object.fromEntries(places));
  return { vault, tools: vaultTools(vault, { ...ofTools, parts: vaults }) };
}

/** What the server itself does with its options is none of the tools'. */
function optionsOfTools({
  confirm: _asked,
  onCall: _told,
  ...ofTools
}: VaultServerOptions): VaultToolsOptions {
  return ofTools;
}

function isVault(vaults: ServedVaults): vaults is FileBackend {
  if (typeof vaults === 'object' && vaults !== null) return 'driver' in vaults && 'capabilities' in vaults;
  throw backendError('INVALID_ARGUMENT', 'A server needs a vault, or several by name');
}
