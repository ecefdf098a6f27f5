import type { FileInfo } from '../file-info.ts';

const EXECUTE = 0o111;

/**
 * The permission bits of a copy: those of the source, but where it replaces a file, not wider than that one was, so that a private file
 * stays private. Whoever may read it may execute it where the source can be executed. `undefined` where the source has none.
 */
export function permissionsOfCopy(source: FileInfo, replaced: FileInfo | undefined): number | undefined {
  if (source.permissions === undefined) return undefined;
  const wanted = source.permissions & 0o777;
  if (replaced?.permissions === undefined) return wanted;
  const readable = replaced.permissions & 0o444;
  return wanted & (replaced.permissions | (readable >> 2));
}

/** Whether the same content has other permissions than a copy would: it cannot be executed, or can and should not, or is wider. */
export function hasOtherPermissions(source: FileInfo, target: FileInfo): boolean {
  if (source.permissions === undefined || target.permissions === undefined) return false;
  const isExecutable = (bits: number): boolean => (bits & EXECUTE) !== 0;
  if (isExecutable(source.permissions) !== isExecutable(target.permissions)) return true;
  return (target.permissions & 0o777 & ~source.permissions) !== 0;
}
