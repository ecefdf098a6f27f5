import type { FileBackend } from '@f9/core';
import { type BackendDriver, innermost } from '@f9/core/driver';

/** The vaults of each tree, so that a tree inside of another one is known for what it holds. */
const partsOf = new WeakMap<BackendDriver, readonly FileBackend[]>();

export function rememberParts(tree: BackendDriver, vaults: readonly FileBackend[]): void {
  partsOf.set(tree, vaults);
}

/**
 * Vaults in the order of their innermost drivers, in which every tree of this process holds them: two trees never wait for each
 * other, whatever views of one vault they contain. A tree inside of a tree comes after all that it holds, and finds it held.
 */
export function inLockOrder(vaults: Iterable<FileBackend>): readonly FileBackend[] {
  const [leaves, trees] = [new Set<FileBackend>(), new Set<FileBackend>()];
  for (const vault of vaults) collect(vault, leaves, trees);
  const ranked = Array.from(leaves, (vault) => ({ vault, ...innermost(vault.driver) }));
  // The vault itself comes before views of it, since the first that is held is the one that publishes.
  ranked.sort((a, b) => a.rank - b.rank || a.layers - b.layers);
  return [...ranked.map(({ vault }) => vault), ...trees];
}

function collect(vault: FileBackend, leaves: Set<FileBackend>, trees: Set<FileBackend>): void {
  const parts = partsOf.get(innermost(vault.driver).driver);
  if (parts === undefined) {
    leaves.add(vault);
    return;
  }
  for (const part of parts) collect(part, leaves, trees);
  trees.add(vault);
}
