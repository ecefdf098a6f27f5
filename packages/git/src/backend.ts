import type { OperationOptions } from '@f9/core';
import { SyncDriverBackend } from '@f9/core/driver';
import { LocalDriver } from '@f9/local';
import { gitDriver } from './driver.ts';
import { type GitSyncFileBackendOptions, toSettings } from './options.ts';
import { stateDirectoryOf } from './repository/clone-folder.ts';
import { Repository } from './repository/repository.ts';
import { isVaultName } from './worktree/vault-path.ts';

/** A git working tree that is kept in step with a branch of a remote. */
export class GitSyncFileBackend extends SyncDriverBackend {
  readonly #repository: Repository;

  /** Does no I/O: the first operation clones, or opens the clone that is there. @throws `INVALID_ARGUMENT` */
  constructor(options: GitSyncFileBackendOptions) {
    const settings = toSettings(options);
    const files = new LocalDriver({
      root: settings.directory,
      createRoot: false,
      durability: settings.durability,
      stateDirectory: stateDirectoryOf(settings.directory),
      hides: (name) => !isVaultName(name),
    });
    const repository = new Repository(settings, files);
    super(gitDriver(files, repository), options);
    this.#repository = repository;
  }

  /** Clones, or opens the clone that is there, at once. @throws GitBackendError `UNAVAILABLE`, `UNAUTHENTICATED`, … */
  static async open(options: GitSyncFileBackendOptions): Promise<GitSyncFileBackend> {
    return await new GitSyncFileBackend(options).open();
  }

  /**
   * Goes back to the remote as it is now, even if its history was rewritten. The state that was only here is kept: the result is the
   * ref that holds it, `undefined` if there was none.
   */
  async abandonLocalChanges(options: OperationOptions = {}): Promise<string | undefined> {
    return await this.operations.run('abandonLocalChanges', undefined, options, (_, call) =>
      this.#repository.abandonLocalChanges(call),
    );
  }

  /**
   * Asks the remote, and tells how many commits a pull would bring; changes no file.
   * @throws GitBackendError `HISTORY_REWRITTEN`, `UNAVAILABLE`, `UNAUTHENTICATED`, …
   */
  async commitsBehind(options: OperationOptions = {}): Promise<number> {
    return await this.operations.run('commitsBehind', undefined, options, (_, call) =>
      this.#repository.commitsBehind(call),
    );
  }

  /** The time when the remote last answered, by the clock of this host; `undefined` where it never did. Asks nobody. */
  async lastFetchedAt(options: OperationOptions = {}): Promise<Date | undefined> {
    const run = async (): Promise<Date | undefined> => this.#repository.lastFetchedAt();
    return await this.operations.run('lastFetchedAt', undefined, options, run);
  }
}
