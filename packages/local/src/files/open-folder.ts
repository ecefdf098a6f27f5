import type { ConfinedRoot } from '../confined/confined-root.ts';
import type { Runner } from '../io/runner.ts';
import type { Durability } from '../options.ts';
import type { StateDirectory } from '../state/state-directory.ts';
import type { KnownChecksums } from './known-checksums.ts';

/** The folder that operations work on, with all they need for it. */
export interface OpenFolder {
  readonly root: ConfinedRoot;
  readonly runner: Runner;
  readonly state: StateDirectory;
  readonly checksums: KnownChecksums;
  readonly durability: Durability;
}
