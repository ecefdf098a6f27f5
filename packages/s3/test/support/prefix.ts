import { randomUUID } from 'node:crypto';
import { ensureBucket, type S3FileBackendOptions } from '../../src/index.ts';
import type { S3Server } from './ceph.ts';

/** Vaults of tests: each a prefix in one bucket. */
export const BUCKET = 'f9-tests';

/** No waiting where the server is as quick as a test wants it. */
export const QUICK = { retryDelay: 1, sessionLease: 3000 };

/** Makes the bucket of the tests, once. */
export async function makeBucket(server: S3Server): Promise<void> {
  await ensureBucket({ bucket: BUCKET, ...endpointOf(server), ...QUICK });
}

/** Options of a new, empty vault. */
export function newPrefix(server: S3Server): S3FileBackendOptions {
  return { bucket: BUCKET, prefix: randomUUID(), ...endpointOf(server), ...QUICK };
}

function endpointOf({ endpoint, accessKeyId, secretAccessKey }: S3Server): S3Server {
  return { endpoint, accessKeyId, secretAccessKey };
}
