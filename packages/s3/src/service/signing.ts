import { AwsV4Signer } from 'aws4fetch';
import type { S3Credentials } from './credentials.ts';
import type { Outgoing } from './exchange.ts';

/** The account, place and time that a request is signed with. */
export interface SigningContext {
  readonly keys: S3Credentials;
  readonly region: string;
  /** Milliseconds since 1970, by the server's clock. */
  readonly now: number;
  /** Seconds for which the signature is valid; it then stands in the URL. */
  readonly expires?: number | undefined;
}

/** Signing keys by day, region and account. */
const cache = new Map<string, ArrayBuffer>();

/** The request with its signature: in a header, or in the URL where it expires. */
export async function sign(
  { method, url, headers, body }: Outgoing,
  { keys, region, now, expires }: SigningContext,
): Promise<Outgoing> {
  const target = new URL(url);
  if (expires !== undefined) target.searchParams.set('X-Amz-Expires', String(expires));
  if (cache.size > 100) cache.clear();
  const signer = new AwsV4Signer({
    method,
    url: target.href,
    headers: { ...headers },
    accessKeyId: keys.accessKeyId,
    secretAccessKey: keys.secretAccessKey,
    ...(keys.sessionToken === undefined ? {} : { sessionToken: keys.sessionToken }),
    service: 's3',
    region,
    cache,
    datetime: new Date(now).toISOString().replace(/[:-]|\.\d{3}/g, ''),
    signQuery: expires !== undefined,
  });
  const signed = await signer.sign();
  return { method, url: signed.url, headers: Object.fromEntries(signed.headers), body };
}
