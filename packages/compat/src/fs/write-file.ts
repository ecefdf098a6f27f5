import { type Content, type FileBackend, isFileBackendError, type OperationOptions } from '@f9/core';
import type { BackendPath } from '@f9/core/driver';
import { assertParent, lookup } from './lookup.ts';
import type { OpenFlags } from './open-flags.ts';
import { rooted } from './vault-path.ts';

/** Options of writing a file. `permissions` are for a new one; an existing file keeps its own. */
export interface WriteCall extends OperationOptions {
  readonly permissions?: number | undefined;
}

/** Writes a file in one step by the flags of `open`: replaces it or adds to it, all or nothing. */
export async function writeWhole(
  backend: FileBackend,
  path: BackendPath,
  data: Content,
  flags: OpenFlags,
  { permissions, ...call }: WriteCall,
): Promise<void> {
  if (!flags.append) {
    if (!flags.create) await backend.update(rooted(path), { ...call, data });
    else {
      await assertParent(backend, path);
      const isNew = permissions !== undefined && (await lookup(backend, path)) === undefined;
      const how = { ...call, permissions: isNew ? permissions : undefined };
      await backend.create(rooted(path), { ...how, data, overwrite: !flags.exclusive });
    }
    return;
  }
  if (flags.create && backend.capabilities.append !== false) {
    await makeFile(backend, path, flags, { ...call, permissions });
  }
  await backend.update(rooted(path), { ...call, data, append: true });
}

/** Makes an empty file where there is none. @throws `ALREADY_EXISTS` where the flags are exclusive */
export async function makeFile(
  backend: FileBackend,
  path: BackendPath,
  { exclusive }: OpenFlags,
  call: WriteCall,
): Promise<void> {
  await assertParent(backend, path);
  try {
    await backend.create(rooted(path), call);
  } catch (error) {
    if (exclusive || !isFileBackendError(error, 'ALREADY_EXISTS')) throw error;
  }
}
