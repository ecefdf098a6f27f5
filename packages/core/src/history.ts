/** One version of a file, as `history` tells it. */
export interface FileVersion {
  /** The version, for `read(path, { version })` and `restore`. */
  readonly version: string;
  /** When it was made. */
  readonly at: Date;
  /** The author, where that is known. */
  readonly author?: string | undefined;
  /** The message of the change, where it has one. */
  readonly message?: string | undefined;
  /** Bytes; `undefined` where the file was deleted, and where the backend cannot know. */
  readonly size: number | undefined;
  /** Whether the file was deleted in this version. */
  readonly deleted: boolean;
  /** The path that the file had; another one only where renames are followed. */
  readonly path: string;
}
