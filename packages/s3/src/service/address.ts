import type { ResolvedOptions } from '../options.ts';

/** What a URL of a bucket is made of. */
export interface Target {
  /** Of an object; `undefined`: the bucket. */
  readonly key?: string | undefined;
  readonly query?: Readonly<Record<string, string>> | undefined;
}

/** Where the bucket is, in the region that it lies in. */
export function urlOf(
  { endpoint, bucket, addressing }: Pick<ResolvedOptions, 'endpoint' | 'bucket' | 'addressing'>,
  region: string,
  { key, query = {} }: Target,
): URL {
  const domain = region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com';
  const base = new URL(endpoint ?? `https://s3.${region}.${domain}`);
  const host = addressing === 'host' ? `${bucket}.${base.host}` : base.host;
  const root = addressing === 'host' ? '' : `/${encodePart(bucket)}`;
  const path =
    key === undefined ? (root === '' ? '/' : root) : `${root}/${key.split('/').map(encodePart).join('/')}`;
  const search = Object.entries(query)
    .map(([name, value]) => `${encodePart(name)}=${encodePart(value)}`)
    .join('&');
  return new URL(`${base.protocol}//${host}${path}${search === '' ? '' : `?${search}`}`);
}

/** As RFC 3986 has it, which is what is signed. */
function encodePart(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
