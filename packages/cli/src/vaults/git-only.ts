import type { FileBackend, OperationOptions } from '@f9/core';

/** What git can do and the interface of all vaults has not. */
export interface GitOnly {
  /** Gives the ref that holds what was here alone, `undefined` where there was nothing. */
  abandonLocalChanges(options: OperationOptions): Promise<string | undefined>;
  /** How many commits a pull would bring; asks the remote, and changes no file. */
  commitsBehind(options: OperationOptions): Promise<number>;
  /** When the remote last answered. */
  lastFetchedAt(options: OperationOptions): Promise<Date | undefined>;
}

export function canDo<Name extends keyof GitOnly>(
  backend: FileBackend,
  name: Name,
): backend is FileBackend & Pick<GitOnly, Name> {
  return name in backend;
}
