import type { FileBackend, OperationOptions } from '@f9/core';

/** Operations of git that the interface of all vaults lacks. */
export interface GitOnly {
  /** Gives the ref that holds the state that was only here, `undefined` where there was none. */
  abandonLocalChanges(options: OperationOptions): Promise<string | undefined>;
  /** The number of commits that a pull would bring. It asks the remote, and changes no file. */
  commitsBehind(options: OperationOptions): Promise<number>;
  /** The time when the remote last answered. */
  lastFetchedAt(options: OperationOptions): Promise<Date | undefined>;
}

export function canDo<Name extends keyof GitOnly>(
  backend: FileBackend,
  name: Name,
): backend is FileBackend & Pick<GitOnly, Name> {
  return name in backend;
}
