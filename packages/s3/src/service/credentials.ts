import { backendError } from '@f9/core/driver';

/** Keys of an account, as the AWS SDK names them. */
export interface S3Credentials {
  /** The id of the access key. */
  readonly accessKeyId: string;
  /** Its secret. */
  readonly secretAccessKey: string;
  /** The token of temporary credentials. */
  readonly sessionToken?: string | undefined;
  /** The time when they expire. */
  readonly expiration?: Date | undefined;
}

/** Gives credentials; every provider of `@aws-sdk/credential-providers` is one. */
export type CredentialsProvider = () => Promise<S3Credentials>;

interface GivenCredentials {
  readonly accessKeyId?: string | undefined;
  readonly secretAccessKey?: string | undefined;
  readonly sessionToken?: string | undefined;
  readonly credentials?: CredentialsProvider | undefined;
}

/** Milliseconds before keys expire at which others are asked for. */
const EARLY = 60_000;

/** The keys in use; keys that expire are replaced. */
export class Credentials {
  readonly #provide: CredentialsProvider;
  /** Whether nobody gave any, and they are looked for. */
  readonly #isOwn: boolean;
  /** Whether asking again can give other keys. */
  readonly canRenew: boolean;
  #current: Promise<S3Credentials> | undefined;
  /** All secrets that were in use, to be kept out of errors. */
  readonly #secrets = new Set<string>();

  /** @throws `INVALID_ARGUMENT` where only half of a key is given */
  constructor(given: GivenCredentials) {
    const { accessKeyId, secretAccessKey, sessionToken, credentials } = given;
    if ((accessKeyId === undefined) !== (secretAccessKey === undefined)) {
      throw backendError('INVALID_ARGUMENT', 'accessKeyId and secretAccessKey belong together: give both');
    }
    if (accessKeyId !== undefined && credentials !== undefined) {
      throw backendError('INVALID_ARGUMENT', 'Give either accessKeyId and secretAccessKey or credentials');
    }
    this.canRenew = accessKeyId === undefined;
    this.#isOwn = credentials === undefined;
    this.#provide =
      accessKeyId === undefined
        ? (credentials ?? fromEnvironment)
        : async () => ({ accessKeyId, secretAccessKey: secretAccessKey!, sessionToken });
  }

  /** @throws `UNAUTHENTICATED` where there are no keys */
  async get(): Promise<S3Credentials> {
    this.#current ??= this.#ask();
    const keys = await this.#current;
    const isEnding = keys.expiration !== undefined && keys.expiration.getTime() - Date.now() < EARLY;
    if (!isEnding || !this.canRenew) return keys;
    this.#current = this.#ask();
    return await this.#current;
  }

  /** Forgets the keys, so that the next request asks for others. */
  renew(): void {
    this.#current = undefined;
  }

  /** The text without any secret. */
  redact(text: string): string {
    let clean = text;
    for (const secret of this.#secrets) clean = clean.replaceAll(secret, '…');
    return clean;
  }

  #ask(): Promise<S3Credentials> {
    const asked = this.#provide().then(
      (keys) => {
        for (const secret of [keys.secretAccessKey, keys.sessionToken]) {
          if (secret !== undefined && secret !== '') this.#secrets.add(secret);
        }
        return keys;
      },
      (cause: unknown) => {
        // A failure is not kept: the next call asks again.
        if (this.#current === asked) this.#current = undefined;
        throw backendError('UNAUTHENTICATED', this.#why(cause), { cause });
      },
    );
    return asked;
  }

  #why(cause: unknown): string {
    if (!this.#isOwn)
      return 'The function in credentials failed, so there are no keys for S3; call it by itself to see why';
    if (isMissing(cause)) return NO_KEYS;
    return 'There are no keys for S3 in the environment, and @aws-sdk/credential-providers found none either; check the profile, or the role of this machine';
  }
}

/** A name in a variable, so that bundlers do not look for it. */
const PROVIDERS: string = '@aws-sdk/credential-providers';

function isMissing(error: unknown): boolean {
  return (error as NodeJS.ErrnoException)?.code === 'ERR_MODULE_NOT_FOUND';
}

const NO_KEYS =
  'There are no keys for S3: give accessKeyId and secretAccessKey, set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or install @aws-sdk/credential-providers for profiles, containers and roles';

async function fromEnvironment(): Promise<S3Credentials> {
  const { AWS_ACCESS_KEY_ID: id, AWS_SECRET_ACCESS_KEY: secret, AWS_SESSION_TOKEN: token } = process.env;
  if (id !== undefined && secret !== undefined && id !== '' && secret !== '') {
    return { accessKeyId: id, secretAccessKey: secret, sessionToken: token };
  }
  // The AWS SDK is used only where somebody installed it, since it is a hundred times the size of this package.
  const { fromNodeProviderChain } = (await import(PROVIDERS)) as {
    fromNodeProviderChain(): CredentialsProvider;
  };
  return await fromNodeProviderChain()();
}
