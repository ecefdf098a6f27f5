import type { ConfinedRoot } from './confined-root.ts';
import type { Durability } from './durability.ts';
import type { StateDirectory } from './state-directory.ts';

/** What operations work on: the folder, where staged files go, and how durable the result is to be. */
export interface Vault {
  readonly root: ConfinedRoot;
  readonly state: StateDirectory;
  readonly durability: Durability;
}
