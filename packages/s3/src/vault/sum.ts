/** The checksum of a version of a file. */
export interface Sum {
  /** The version that it is of. */
  readonly etag: string;
  /** Lower-case hex. */
  readonly sha256: string;
}
