import type { TestProject } from 'vitest/node';
import { isCephInstalled, type S3Server, startCeph } from './ceph.ts';

declare module 'vitest' {
  interface ProvidedContext {
    readonly s3: S3Server | undefined;
  }
}

/** One server for all test files: the one that the environment names, else Ceph where it is installed. */
export default async function setUp({ provide }: TestProject): Promise<(() => Promise<void>) | undefined> {
  const { F9_S3_ENDPOINT: endpoint, F9_S3_ACCESS_KEY_ID: id, F9_S3_SECRET_ACCESS_KEY: secret } = process.env;
  if (endpoint !== undefined && id !== undefined && secret !== undefined) {
    provide('s3', { endpoint, accessKeyId: id, secretAccessKey: secret });
    return undefined;
  }
  if (!isCephInstalled()) {
    provide('s3', undefined);
    return undefined;
  }
  const ceph = await startCeph();
  const { endpoint: url, accessKeyId, secretAccessKey } = ceph;
  provide('s3', { endpoint: url, accessKeyId, secretAccessKey });
  return async () => await ceph[Symbol.asyncDispose]();
}
