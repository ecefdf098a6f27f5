import { AwsV4Signer } from 'aws4fetch';
import type { S3FileBackendOptions } from '../../src/index.ts';

/** Makes an object as another program would. */
export async function putRaw(
  { endpoint, bucket, prefix = '', accessKeyId, secretAccessKey }: S3FileBackendOptions,
  key: string,
  body: string | Uint8Array<ArrayBuffer>,
  headers: Readonly<Record<string, string>> = {},
): Promise<void> {
  await send('PUT', `${endpoint}/${bucket}/${encoded(`${prefix}/${key}`)}`, body, headers, {
    accessKeyId: accessKeyId!,
    secretAccessKey: secretAccessKey!,
  });
}

/** Deletes a bucket with all that is in it, as another program would. */
export async function emptyAndDeleteBucket(options: S3FileBackendOptions): Promise<void> {
  const { endpoint, bucket, accessKeyId, secretAccessKey } = options;
  const keys = { accessKeyId: accessKeyId!, secretAccessKey: secretAccessKey! };
  const listed = await send('GET', `${endpoint}/${bucket}?list-type=2`, undefined, {}, keys);
  for (const [, key] of listed.matchAll(/<Key>([^<]*)<\/Key>/g)) {
    await send('DELETE', `${endpoint}/${bucket}/${encoded(key!)}`, undefined, {}, keys);
  }
  await send('DELETE', `${endpoint}/${bucket}`, undefined, {}, keys);
}

async function send(
  method: string,
  url: string,
  body: string | Uint8Array<ArrayBuffer> | undefined,
  headers: Readonly<Record<string, string>>,
  keys: { readonly accessKeyId: string; readonly secretAccessKey: string },
): Promise<string> {
  const signer = new AwsV4Signer({ method, url, headers, ...keys, service: 's3', region: 'us-east-1' });
  const signed = await signer.sign();
  const answer = await fetch(signed.url, {
    method,
    headers: signed.headers,
    ...(body === undefined ? {} : { body }),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} of ${url}: ${answer.status} ${text}`);
  return text;
}

function encoded(key: string): string {
  return key.split('/').map(encodeURIComponent).join('/');
}
