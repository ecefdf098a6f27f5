import process from 'node:process';
import { hasTextExtension } from './contents/text-extensions.ts';
import { baseName } from './paths/path.ts';

/** The kind of entry at a path; `'symlink'` only in listings, since `info` follows it. */
export type FileType = 'file' | 'directory' | 'symlink' | 'other';

/** Fields of a `FileInfo`; a backend leaves out those that it cannot know. */
export interface FileInfoInit {
  /** Relative to the root of the vault, `/` between names. */
  readonly path: string;
  /** The kind of entry. */
  readonly fileType: FileType;
  /** Bytes. */
  readonly size?: number | undefined;
  /** When it was made, where that is known. */
  readonly createdAt?: Date | undefined;
  /** When it was last changed, where that is known. */
  readonly modifiedAt?: Date | undefined;
  /** When it was last read, where that is known. */
  readonly accessedAt?: Date | undefined;
  /** The mode's permission bits, for example `0o644`. */
  readonly permissions?: number | undefined;
  /** The owner's number, where there are owners. */
  readonly ownerUid?: number | undefined;
  /** The group's number, where there are groups. */
  readonly ownerGid?: number | undefined;
  /** Lower-case hex, of the algorithm that was asked for. */
  readonly checksum?: string | undefined;
  /** `'utf-8'`, `'utf-16le'`, `'utf-16be'` or `'binary'`. */
  readonly encoding?: string | undefined;
  /** Changes whenever the content does; opaque. */
  readonly etag?: string | undefined;
  /** False where it is stored and search cannot find its text; `undefined` where the backend has no search. */
  readonly searchable?: boolean | undefined;
}

/** Information on a path. Immutable; a field is `undefined` where the backend cannot know it. */
export class FileInfo implements FileInfoInit {
  readonly path: string;
  /** The kind of entry. */
  readonly fileType: FileType;
  readonly size: number | undefined;
  /** When it was made, where that is known. */
  readonly createdAt: Date | undefined;
  readonly modifiedAt: Date | undefined;
  /** When it was last read, where that is known. */
  readonly accessedAt: Date | undefined;
  readonly permissions: number | undefined;
  /** The owner's number on this host, where there are owners. */
  readonly ownerUid: number | undefined;
  /** The group's number on this host, where there are groups. */
  readonly ownerGid: number | undefined;
  readonly checksum: string | undefined;
  readonly encoding: string | undefined;
  readonly etag: string | undefined;
  readonly searchable: boolean | undefined;

  constructor(init: FileInfoInit) {
    this.path = init.path;
    this.fileType = init.fileType;
    this.size = init.size;
    this.createdAt = init.createdAt;
    this.modifiedAt = init.modifiedAt;
    this.accessedAt = init.accessedAt;
    this.permissions = init.permissions;
    this.ownerUid = init.ownerUid;
    this.ownerGid = init.ownerGid;
    this.checksum = init.checksum;
    this.encoding = init.encoding;
    this.etag = init.etag;
    this.searchable = init.searchable;
    Object.freeze(this);
  }

  /** Whether it is a directory. */
  get isDir(): boolean {
    return this.fileType === 'directory';
  }

  /** A copy that also knows `more`. */
  with(more: Partial<FileInfoInit>): FileInfo {
    return new FileInfo({ ...this, ...more });
  }

  /** Whether it is text: by its encoding if known, else by its extension. */
  isTextFile(): boolean {
    if (this.fileType !== 'file') return false;
    return this.encoding === undefined ? hasTextExtension(baseName(this.path)) : this.encoding !== 'binary';
  }

  /** Whether the name says that it is no text. */
  isBinaryFile(): boolean {
    return this.fileType === 'file' && !this.isTextFile();
  }

  /** Whether the permission bits let `uid` (default: this process) read it; true where they are not known. */
  isReadable(uid: number | undefined = process.getuid?.()): boolean {
    if (this.permissions === undefined || uid === undefined || uid === 0) return true;
    return (this.permissions & (uid === this.ownerUid ? 0o400 : 0o044)) !== 0;
  }

  /** Whether it changed after `date`; true where the time is not known, so that no change is missed. */
  isModifiedSince(date: Date): boolean {
    return this.modifiedAt === undefined || this.modifiedAt > date;
  }

  /** Plain data: dates as ISO strings, what is not known left out. */
  toJSON(): Record<string, string | number | boolean> {
    const json: Record<string, string | number | boolean> = {};
    for (const [key, value] of Object.entries({ ...this, isDir: this.isDir })) {
      if (value !== undefined) json[key] = value instanceof Date ? value.toISOString() : value;
    }
    return json;
  }
}

/** An entry of a listing. It has no etag, which not every backend knows without asking; `etags: true` asks for it. */
export type ListedInfo = Omit<FileInfo, 'etag' | 'with'>;

/** An entry of a listing that was asked for etags: every file has one. */
export type ListedFile =
  | (FileInfo & { readonly fileType: 'file'; readonly isDir: false; readonly etag: string })
  | (FileInfo & { readonly fileType: Exclude<FileType, 'file'>; readonly etag: undefined });
