import type { TestProject } from 'vitest/node';
import type { S3Server } from './ceph.ts';
import { hasS3Server, s3Server } from './server.ts';

declare module 'vitest' {
  interface ProvidedContext {
    readonly s3: S3Server | undefined;
  }
}

/** One server for all test files: the one that the environment names, else Ceph where it is installed. */
export default async function setUp({ provide }: TestProject): Promise<(() => Promise<void>) | undefined> {
  if (!hasS3Server()) {
    provide('s3', undefined);
    return undefined;
  }
  const server = await s3Server();
  const { endpoint, accessKeyId, secretAccessKey } = server;
  provide('s3', { endpoint, accessKeyId, secretAccessKey });
  return async () => await server[Symbol.asyncDispose]();
}
