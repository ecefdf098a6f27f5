import type { Stats } from 'node:fs';
import { FileInfo } from '@f9/core';
import { fileTypeOf } from '../io/file-type.ts';

const HAS_OWNERS = process.platform !== 'win32';

/** The `FileInfo` of a file's stats. @param sumOf the sha256 of a version, where it is known */
export function describe(path: string, stats: Stats, sumOf?: (etag: string) => string | undefined): FileInfo {
  const fileType = fileTypeOf(stats);
  const etag = fileType === 'file' ? etagOf(stats) : undefined;
  return new FileInfo({
    path,
    fileType,
    size: fileType === 'directory' ? undefined : stats.size,
    // The dates of `Stats` are the same, and take four times as long.
    createdAt: stats.birthtimeMs === 0 ? undefined : new Date(stats.birthtimeMs),
    modifiedAt: new Date(stats.mtimeMs),
    accessedAt: new Date(stats.atimeMs),
    permissions: HAS_OWNERS ? stats.mode & 0o7777 : undefined,
    ownerUid: HAS_OWNERS ? stats.uid : undefined,
    ownerGid: HAS_OWNERS ? stats.gid : undefined,
    etag,
    checksum: etag === undefined ? undefined : sumOf?.(etag),
  });
}

/** The part of the `FileInfo` that conditions need: an etag takes a microsecond. */
export function describeVersion(
  path: string,
  stats: Stats,
  { ifMatch }: { readonly ifMatch?: string | undefined },
): FileInfo {
  return new FileInfo({
    path,
    fileType: fileTypeOf(stats),
    etag: ifMatch === undefined ? undefined : etagOf(stats),
  });
}

export type EtagSource = Pick<Stats, 'dev' | 'ino' | 'size' | 'mtimeMs' | 'ctimeMs'>;

/** An etag of times as milliseconds with a fraction, which tells them apart down to a quarter of a microsecond. */
export function etagOf({ dev, ino, size, mtimeMs, ctimeMs }: EtagSource): string {
  return `${dev}-${ino}-${size}-${mtimeMs}-${ctimeMs}`;
}
