import { constants } from 'node:fs';
import type { FileInfo, FileType } from '@f9/core';

const { S_IFDIR, S_IFLNK, S_IFREG } = constants;

const FORMATS: Readonly<Record<FileType, number>> = {
  file: S_IFREG,
  directory: S_IFDIR,
  symlink: S_IFLNK,
  other: 0,
};

/** The questions that `Stats` and `Dirent` share. */
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

/** The permission bits; where the backend does not know them, the usual ones. */
export function permissionsOf({ permissions, isDir }: FileInfo): number {
  return permissions ?? (isDir ? 0o755 : 0o644);
}

/** Bytes of a block, of which `blocks` counts. */
const BLOCK = 512;

/** `fs.Stats` of what a backend knows. What it does not know is 0, a time the epoch, and permissions `0o644` or `0o755`. */
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
  /** As the caller spelled the directory that was read. */
  readonly parentPath: string;

  constructor(name: string, parentPath: string, type: FileType) {
    super(type);
    this.name = name;
    this.parentPath = parentPath;
  }
}
