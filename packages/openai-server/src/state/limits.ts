const MiB = 1024 * 1024;

/** The published limits that a test may want smaller, and rate limits that it may want to meet. */
export interface Limits {
  /** Bytes of a File created at once. Default 512 MiB. */
  fileBytes: number;
  /** Bytes of one part of an Upload. Default 64 MiB. */
  partBytes: number;
  /** Bytes of one Upload. Default 8 GiB. */
  uploadBytes: number;
  /** Tokens of one attached file; a longer one ends as `failed`. Default 5,000,000. */
  fileTokens: number;
  /** Bytes that count as one token. Default 1: no tokenizer makes more, so what passes here passes anywhere. */
  bytesPerToken: number;
  /** File ids in one batch. Default 2,000. */
  batchFiles: number;
  /** `POST /files` a minute before 429. Default `Infinity`; the service says 1,000. */
  uploadsPerMinute: number;
  /** Files attached to one store a minute before 429. Default `Infinity`; users report 300. */
  attachmentsPerMinute: number;
}

export const PUBLISHED_LIMITS: Readonly<Limits> = {
  fileBytes: 512 * MiB,
  partBytes: 64 * MiB,
  uploadBytes: 8 * 1024 * MiB,
  fileTokens: 5_000_000,
  bytesPerToken: 1,
  batchFiles: 2000,
  uploadsPerMinute: Number.POSITIVE_INFINITY,
  attachmentsPerMinute: Number.POSITIVE_INFINITY,
};
