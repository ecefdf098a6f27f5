import type { ParsedUri } from '@f9/core/driver';

/** A URI taken apart, with its parameters as text. Secrets are not in it. */
export interface BackendUri extends ParsedUri {
  /** The query parameters behind `?`, percent-decoded. */
  readonly parameters: Readonly<Record<string, string>>;
}
