import type { ConfinedRoot } from './confined-root.ts';
import type { KnownChecksums } from './known-checksums.ts';
import type { StateDirectory } from './state-directory.ts';

/** Whether what was acknowledged survives a power cut: `'fsync'`; or only a crash of the process: `'none'`. */
export type Durability = 'none' | 'fsync';

/** What operations work on: the folder, where staged files go, and how durable the result is to be. */
export interface Vault {
  readonly root: ConfinedRoot;
  readonly state: StateDirectory;
  readonly checksums: KnownChecksums;
  readonly durability: Durability;
}
