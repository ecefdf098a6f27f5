import { AwsV4Signer } from 'aws4fetch';
import type { S3Server } from './ceph.ts';
import { BUCKET } from './prefix.ts';
import { type Answered, type Between, type Passing, refusal } from './proxy.ts';

// What other stores make of conditions, over a real server that does it otherwise.

/** A store that looks at the conditions of uploads in parts, copies and deletions as well, as AWS and R2 document it. */
export function strict(real: S3Server): Between {
  const lines = new Map<string, Promise<unknown>>();
  return async (passing, forward) => {
    if (passing.method === 'GET' || passing.method === 'HEAD' || passing.key === '') return await forward();
    // What looks and acts is one step: nobody else changes the key meanwhile.
    const before = lines.get(passing.key) ?? Promise.resolve();
    const own = before.then(
      () => judge(real, passing, forward),
      () => judge(real, passing, forward),
    );
    lines.set(passing.key, own);
    return await own;
  };
}

/** A store that takes no notice of any condition. */
export function careless(real: S3Server): Between {
  return async (passing, forward) => {
    const { 'if-match': ifMatch, 'if-none-match': ifNoneMatch, ...headers } = passing.headers;
    if (passing.method === 'GET' || (ifMatch === undefined && ifNoneMatch === undefined))
      return await forward();
    return await forward(await resigned(real, { ...passing, headers }));
  };
}

/** A request as if its headers had been these from the start. */
async function resigned(real: S3Server, passing: Passing): Promise<Passing> {
  const kept = Object.entries(passing.headers).filter(([name]) =>
    /^(x-amz-(meta|content|copy)|content-)/.test(name),
  );
  const { headers } = await new AwsV4Signer({
    method: passing.method,
    url: `${real.endpoint}${passing.url}`,
    headers: kept.map(([name, value]): [string, string] => [name, String(value)]),
    accessKeyId: real.accessKeyId,
    secretAccessKey: real.secretAccessKey,
    service: 's3',
    region: 'us-east-1',
  }).sign();
  return { ...passing, headers: { ...Object.fromEntries(headers), host: new URL(real.endpoint).host } };
}

async function judge(real: S3Server, passing: Passing, forward: () => Promise<Answered>): Promise<Answered> {
  const { method, headers, query, key } = passing;
  const isLookedAtByTheServer = method === 'PUT' && headers['x-amz-copy-source'] === undefined;
  const isConditional = headers['if-match'] !== undefined || headers['if-none-match'] !== undefined;
  if (isLookedAtByTheServer || !isConditional || query.has('partNumber')) return await forward();
  const etag = await etagOf(real, key);
  const wanted = headers['if-match']?.replaceAll('"', '');
  if (wanted !== undefined && etag === undefined) return refusal(404, 'NoSuchKey');
  const isSo = wanted === undefined ? etag === undefined : etag === wanted;
  return isSo ? await forward() : refusal(412, 'PreconditionFailed');
}

async function etagOf(real: S3Server, key: string): Promise<string | undefined> {
  const path = key.split('/').map(encodeURIComponent).join('/');
  const { url, headers, method } = await new AwsV4Signer({
    method: 'HEAD',
    url: `${real.endpoint}/${BUCKET}/${path}`,
    accessKeyId: real.accessKeyId,
    secretAccessKey: real.secretAccessKey,
    service: 's3',
    region: 'us-east-1',
  }).sign();
  const answer = await fetch(url, { method, headers });
  return answer.status === 200 ? answer.headers.get('etag')?.replaceAll('"', '') : undefined;
}
