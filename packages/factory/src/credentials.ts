import type { BackendUri } from './uri/backend-uri.ts';

/** The URI whose credentials are wanted, without any secret. */
export interface CredentialsRequest extends BackendUri {
  /** The secret parameters that the URI does not hold, for example `['password']`. */
  readonly names: readonly string[];
}

/** Values by name of the parameter; what is not known is left out. */
export type Credentials = Readonly<Record<string, string | undefined>>;

/** Asked once per resolved URI, before the environment is. What it throws is thrown as it is. */
export type CredentialsProvider = (
  request: CredentialsRequest,
) => Credentials | undefined | Promise<Credentials | undefined>;
