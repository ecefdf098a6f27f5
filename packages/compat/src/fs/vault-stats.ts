import { constants } from 'node:fs';
import type { FileInfo, FileType } from '@f9/core';

const { S_IFDIR, S_IFLNK, S_IFREG } = constants;

const FORMATS: Readonly<Record<FileType, number>> = {
  file: S_IFREG,
  directory: S_IFDIR,
  symlink: S_IFLNK,
  other: 0,
};

/** Methods that `Stats` and `Dirent` share. */
class TypedEntry {
  readonly #type: FileType;

  constructor(type: FileType) {
    this.#type = type;
  }

  isFile(): boolean {
    return this.#type === 'file';
  }

  isDirectory(): boolean {
    return this.#type === 'directory';
  }

  isSymbolicLink(): boolean {
    return this.#type === 'symlink';
  }

  isFIFO(): boolean {
    return false;
  }

  isSocket(): boolean {
    return false;
  }

  isBlockDevice(): boolean {
    return false;
  }

  isCharacterDevice(): boolean {
    return false;
  }
}

/** The permission bits; the usual ones where the backend does not know them. */
export function permissionsOf({ permissions, isDir }: FileInfo): number {
  return permissions ?? (isDir ? 0o755 : 0o644);
}

/** Bytes of a block, the unit of `blocks`. */
const BLOCK = 512;

/** `fs.Stats` from what a backend knows. Unknown fields are 0, times the epoch, and permissions `0o644` or `0o755`. */
export class VaultStats extends TypedEntry {
  readonly dev: number = 0;
  readonly ino: number = 0;
  readonly nlink: number = 1;
  readonly rdev: number = 0;
  readonly blksize: number = 4096;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
  readonly blocks: number;
  readonly atimeMs: number;
  readonly mtimeMs: number;
  readonly ctimeMs: number;
  readonly birthtimeMs: number;
  readonly atime: Date;
  readonly mtime: Date;
  readonly ctime: Date;
  readonly birthtime: Date;

  constructor(info: FileInfo) {
    super(info.fileType);
    this.mode = FORMATS[info.fileType] | permissionsOf(info);
    this.uid = info.ownerUid ?? 0;
    this.gid = info.ownerGid ?? 0;
    this.size = info.size ?? 0;
    this.blocks = Math.ceil(this.size / BLOCK);
    this.mtime = info.modifiedAt ?? info.createdAt ?? new Date(0);
    this.atime = info.accessedAt ?? this.mtime;
    this.ctime = this.mtime;
    this.birthtime = info.createdAt ?? this.mtime;
    this.atimeMs = this.atime.getTime();
    this.mtimeMs = this.mtime.getTime();
    this.ctimeMs = this.ctime.getTime();
    this.birthtimeMs = this.birthtime.getTime();
  }
}

/** `fs.Dirent`. */
export class VaultDirent extends TypedEntry {
  readonly name: string;
  /** The directory that was read, as the caller spelled it. */
  readonly parentPath: string;

  constructor(name: string, parentPath: string, type: FileType) {
    super(type);
    this.name = name;
    this.parentPath = parentPath;
  }
}
