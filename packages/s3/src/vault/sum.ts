/** The checksum of a version of a file. */
export interface Sum {
  /** The etag of the version. */
  readonly etag: string;
  /** Lower-case hex. */
  readonly sha256: string;
}
