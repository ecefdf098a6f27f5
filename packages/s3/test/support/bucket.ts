import { randomUUID } from 'node:crypto';
import { inject } from 'vitest';
import { ensureBucket, type S3FileBackendOptions } from '../../src/index.ts';
import type { S3Server } from './ceph.ts';

/** The server of this run; `undefined` where there is none. */
export const server: S3Server | undefined = inject('s3');

/** Vaults of a test file: each a prefix in one bucket. */
export const BUCKET = 'f9-tests';

/** No waiting where the server is as quick as a test wants it. */
export const QUICK = { retryDelay: 1, sessionLease: 3000 };

let made: Promise<void> | undefined;

/** Options of a new, empty vault. */
export async function newVault(more: Partial<S3FileBackendOptions> = {}): Promise<S3FileBackendOptions> {
  const options = { bucket: BUCKET, prefix: randomUUID(), ...server!, ...QUICK, ...more };
  made ??= ensureBucket({ ...options, endpoint: server!.endpoint });
  await made;
  return options;
}
