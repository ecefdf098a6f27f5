import type { BackendOptions } from '@f9/core';
import { assertBackendOptions, backendError } from '@f9/core/driver';
import type { CredentialsProvider } from './service/credentials.ts';

/** The bucket, and the way to reach it. */
export interface S3FileBackendOptions extends BackendOptions {
  /** The bucket, which must exist. */
  readonly bucket: string;
  /** The vault's place in the bucket: `team/notes`. Default: all of it. */
  readonly prefix?: string;
  /** The server, such as `https://minio.example.org`. Default: the environment's `AWS_ENDPOINT_URL_S3`, else AWS. */
  readonly endpoint?: string;
  /** The region. Default: the environment's `AWS_REGION`, else `us-east-1`; a bucket in another region says so, and is followed. */
  readonly region?: string;
  /**
   * The id of the access key. Default: the environment's `AWS_ACCESS_KEY_ID`, else the one that `@aws-sdk/credential-providers` finds
   * where it is installed.
   */
  readonly accessKeyId?: string;
  /** The secret of the access key. */
  readonly secretAccessKey?: string;
  /** The token of temporary credentials. */
  readonly sessionToken?: string;
  /** Called when keys are first needed, and again once they have expired. */
  readonly credentials?: CredentialsProvider;
  /** Whether the bucket is named in the path or in the host of a URL. Default: in the host at AWS, else in the path. */
  readonly addressing?: 'path' | 'host';
  /**
   * False: also accept a store that ignores the conditions of writes. Then nothing is exact between processes, and sessions exclude
   * only those of this process. Default true.
   */
  readonly conditionalWrites?: boolean;
  /** Milliseconds after which a session whose holder is silent is given to the next one. At least 3,000; default 15,000. */
  readonly sessionLease?: number;
  /** Requests under way at the same time. Default 16. */
  readonly concurrency?: number;
  /** Milliseconds without a byte after which a request is given up. Default 30,000. */
  readonly timeout?: number;
  /** Times that a request is repeated. Default 5. */
  readonly maxRetries?: number;
  /** Milliseconds before the first repetition, doubled before each next one. Default 200. */
  readonly retryDelay?: number;
}

export interface ResolvedOptions {
  readonly bucket: string;
  /** Empty, or ends with a slash. */
  readonly prefix: string;
  readonly endpoint: string | undefined;
  readonly region: string;
  readonly addressing: 'path' | 'host';
  readonly conditionalWrites: boolean;
  readonly sessionLease: number;
  readonly concurrency: number;
  readonly timeout: number;
  readonly maxRetries: number;
  readonly retryDelay: number;
}

const NAMES: readonly (keyof S3FileBackendOptions)[] = [
  'bucket',
  'prefix',
  'endpoint',
  'region',
  'accessKeyId',
  'secretAccessKey',
  'sessionToken',
  'credentials',
  'addressing',
  'conditionalWrites',
  'sessionLease',
  'concurrency',
  'timeout',
  'maxRetries',
  'retryDelay',
];

/** The longest time that a timer takes, in milliseconds. */
const MAX_TIME = 2 ** 31 - 1;

/** @throws `INVALID_ARGUMENT` */
export function resolveOptions(options: S3FileBackendOptions): ResolvedOptions {
  assertBackendOptions(options, NAMES);
  const { bucket, conditionalWrites = true } = options;
  // A name of one host or path segment, which leads nowhere else.
  if (typeof bucket !== 'string' || !/^[\w][\w.-]{1,254}$/.test(bucket) || bucket.includes('..')) {
    throw invalid('bucket must be the name of a bucket');
  }
  if (typeof conditionalWrites !== 'boolean') throw invalid('conditionalWrites must be true or false');
  const endpoint = endpointOf(options.endpoint ?? process.env.AWS_ENDPOINT_URL_S3);
  const region = options.region ?? process.env.AWS_REGION ?? process.env.AWS_DEFAULT_REGION ?? 'us-east-1';
  if (typeof region !== 'string' || !/^[\w-]+$/.test(region))
    throw invalid('region must be a name: eu-west-1');
  return {
    bucket,
    prefix: prefixOf(options.prefix),
    endpoint,
    region,
    addressing: addressingOf(options.addressing, endpoint, bucket),
    conditionalWrites,
    sessionLease: inRange('sessionLease', options.sessionLease ?? 15_000, 3000, MAX_TIME),
    concurrency: inRange('concurrency', options.concurrency ?? 16, 1, 1000),
    timeout: inRange('timeout', options.timeout ?? 30_000, 1, MAX_TIME),
    maxRetries: inRange('maxRetries', options.maxRetries ?? 5, 0, 100),
    retryDelay: inRange('retryDelay', options.retryDelay ?? 200, 0, MAX_TIME),
  };
}

function endpointOf(endpoint: string | undefined): string | undefined {
  if (endpoint === undefined) return undefined;
  const url = URL.parse(endpoint);
  const isPlain = url !== null && url.username === '' && url.password === '' && url.search === '';
  if (isPlain && (url.protocol === 'http:' || url.protocol === 'https:') && url.pathname === '/') {
    return url.origin;
  }
  // The message repeats nothing of the address, which may hold a key.
  throw invalid('endpoint must be the address of a server alone: https://s3.example.org');
}

function prefixOf(prefix: string | undefined): string {
  if (prefix === undefined) return '';
  if (typeof prefix !== 'string' || !prefix.isWellFormed()) throw invalid('prefix must be text');
  const names = prefix.split('/').filter((name) => name !== '');
  if (names.some((name) => name === '.' || name === '..' || name.includes('\0'))) {
    throw invalid('prefix must be names with slashes between them, none of them "." or ".."');
  }
  return names.map((name) => `${name}/`).join('');
}

function addressingOf(
  given: 'path' | 'host' | undefined,
  endpoint: string | undefined,
  bucket: string,
): 'path' | 'host' {
  if (given !== undefined && given !== 'path' && given !== 'host') {
    throw invalid("addressing must be 'path' or 'host'");
  }
  if (given !== undefined) return given;
  // A certificate covers one name below the host, and a host has no capitals.
  const isHostName = /^[a-z0-9-]+$/.test(bucket);
  return isHostName && (endpoint === undefined || /\.amazonaws\.com(\.cn)?$/.test(endpoint))
    ? 'host'
    : 'path';
}

function inRange(name: string, value: unknown, least: number, most: number): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most) return value;
  throw invalid(`${name} must be a whole number from ${least} to ${most}`);
}

function invalid(message: string): Error {
  return backendError('INVALID_ARGUMENT', `S3FileBackend: ${message}`);
}
