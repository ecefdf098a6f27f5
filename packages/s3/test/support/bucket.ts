import { inject } from 'vitest';
import type { S3FileBackendOptions } from '../../src/index.ts';
import type { S3Server } from './ceph.ts';
import { makeBucket, newPrefix } from './prefix.ts';

/** The server of this run; `undefined` where there is none. */
export const server: S3Server | undefined = inject('s3');

let made: Promise<void> | undefined;

/** Options of a new, empty vault on the server of this run. */
export async function newVault(more: Partial<S3FileBackendOptions> = {}): Promise<S3FileBackendOptions> {
  made ??= makeBucket(server!);
  await made;
  return { ...newPrefix(server!), ...more };
}
