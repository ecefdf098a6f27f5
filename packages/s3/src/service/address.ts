import type { ResolvedOptions } from '../options.ts';

/** The target of a request in a bucket. */
export interface Target {
  /** The key of an object; `undefined` for the bucket. */
  readonly key?: string | undefined;
  readonly query?: Readonly<Record<string, string>> | undefined;
}

/** The URL of a target, in the region of its bucket. */
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

/** Encodes a part of a URL as RFC 3986 says, which is what is signed. */
function encodePart(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
