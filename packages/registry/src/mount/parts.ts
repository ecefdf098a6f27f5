import { type FileBackend, type FileInfo, isFileBackendError } from '@f9/core';
import { type ByteSource, CallerError, type DriverOptions, withPath } from '@f9/core/driver';
import { MountSession } from './session.ts';
import { inTree, inVault, type Located, type Mount } from './table.ts';

// How a call of the tree becomes one of a mounted vault, and what comes back is told in paths of the tree.

/** The mounted vault, or its part of the session that the call belongs to. */
export function vaultOf(mount: Mount, { session }: DriverOptions): FileBackend {
  return session instanceof MountSession ? session.of(mount) : mount.vault;
}

/** Runs `body` on the vault that a path lies in. */
export async function runIn<T>(
  located: Located,
  call: DriverOptions,
  body: (vault: FileBackend, path: string) => Promise<T>,
): Promise<T> {
  try {
    return await body(vaultOf(located.mount, call), inVault(located));
  } catch (error) {
    throw toldInTree(located.mount, call, error);
  }
}

/** As `runIn`, for what gives an entry. */
export async function entryIn(
  located: Located,
  call: DriverOptions,
  body: (vault: FileBackend, path: string) => Promise<FileInfo>,
): Promise<FileInfo> {
  const found = await runIn(located, call, body);
  return found.with({ path: inTree(located.mount, found.path) });
}

/** An error of a vault with the path that the tree shows; what a caller's source or signal says is not the vault's. */
export function toldInTree(mount: Mount, { signal }: DriverOptions, error: unknown): unknown {
  if (error instanceof CallerError) return error.error;
  if (signal?.aborted === true || !isFileBackendError(error) || error.path === undefined) return error;
  return withPath(error, inTree(mount, error.path.replace(/^\//, '')));
}

/** Bytes for a vault; what their source throws is carried past the vault. */
export function contentOf(source: ByteSource): ByteSource {
  return source instanceof Uint8Array ? source : carryFailure(source);
}

async function* carryFailure(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, void> {
  try {
    yield* source;
  } catch (error) {
    throw new CallerError(error);
  }
}
