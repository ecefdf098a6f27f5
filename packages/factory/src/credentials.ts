import type { BackendUri } from './uri/backend-uri.ts';

/** A request for the credentials of a URI, which is given without any secret. */
export interface CredentialsRequest extends BackendUri {
  /** The secret parameters that the URI does not hold, for example `['password']`. */
  readonly names: readonly string[];
}

/** Secrets by the name of their parameter; unknown ones are left out. */
export type Credentials = Readonly<Record<string, string | undefined>>;

/** Gives credentials: called once for each resolved URI, before the environment is read. Its errors are thrown as they are. */
export type CredentialsProvider = (
  request: CredentialsRequest,
) => Credentials | undefined | Promise<Credentials | undefined>;
