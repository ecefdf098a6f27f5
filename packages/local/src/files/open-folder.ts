import { ConfinedRoot } from '../confined/confined-root.ts';
import type { Operation, Runner } from '../io/runner.ts';
import type { Durability } from '../options.ts';
import { PathLocks } from '../state/path-locks.ts';
import { Presence } from '../state/presence.ts';
import { isStagedBeside, Staging } from '../state/staging.ts';
import { StateDirectory } from '../state/state-directory.ts';
import { KnownChecksums } from './known-checksums.ts';
import { SharedReads } from './shared-reads.ts';

export interface OpenFolderOptions {
  /** Its path on the host, free of symlinks. */
  readonly path: string;
  /** Absolute; default: the one in the root. */
  readonly stateDirectory: string | undefined;
  readonly durability: Durability;
  /** Whether /proc tells where an open file is. */
  readonly hasProc: boolean;
  /** Names that are not part of the vault, at any depth. */
  readonly hides: ((name: string) => boolean) | undefined;
}

/** The folder that operations work on, with all they need for it. */
export class OpenFolder {
  readonly root: ConfinedRoot;
  readonly runner: Runner;
  readonly durability: Durability;
  /** The state that all who open the root share. */
  readonly state: StateDirectory;
  readonly locks: PathLocks;
  readonly staging: Staging;
  readonly checksums: KnownChecksums;
  /** Reads of large directories. */
  readonly reads: SharedReads = new SharedReads();
  readonly #presences: readonly Presence[];

  private constructor(
    root: ConfinedRoot,
    runner: Runner,
    state: StateDirectory,
    { stateDirectory, durability }: OpenFolderOptions,
  ) {
    const presence = new Presence(state, runner);
    const own = stateDirectory === undefined ? state : StateDirectory.at(root, stateDirectory);
    const stagingPresence = own === state ? presence : new Presence(own, runner);
    this.root = root;
    this.runner = runner;
    this.durability = durability;
    this.state = state;
    this.locks = new PathLocks(root, presence);
    this.staging = new Staging(stagingPresence);
    this.checksums = new KnownChecksums(root.path, own, this.staging);
    this.#presences = own === state ? [presence] : [presence, stagingPresence];
  }

  /** Opens it, and removes what killed writers left in it. */
  static async open(runner: Runner, options: OpenFolderOptions): Promise<OpenFolder> {
    const { path, hasProc, hides } = options;
    const root = new ConfinedRoot({
      path,
      hasProc,
      hides: (name) => isStagedBeside(name) || hides?.(name) === true,
    });
    return await runner.runUnqueued(OpenFolder.#open(root, runner, options));
  }

  static *#open(root: ConfinedRoot, runner: Runner, options: OpenFolderOptions): Operation<OpenFolder> {
    const folder = new OpenFolder(root, runner, yield* StateDirectory.ofRoot(root), options);
    for (const { state } of folder.#presences) yield* state.clean();
    return folder;
  }

  /** Writes new checksums down, and removes what was kept for the next operation. */
  *close(): Operation<void> {
    yield* this.checksums.save();
    yield* this.locks.close();
    for (const presence of this.#presences) yield* presence.close();
  }
}
