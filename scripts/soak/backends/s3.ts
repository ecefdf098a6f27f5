import { S3FileBackend } from '@f9/s3';
import { isCephInstalled, startCeph } from '../../../packages/s3/test/support/ceph.ts';
import { makeBucket, newPrefix } from '../../../packages/s3/test/support/prefix.ts';
import type { Soaked } from '../soaked.ts';

export const missing: string | undefined = isCephInstalled()
  ? undefined
  : "install an S3 server, Debian's radosgw, ceph-mon, ceph-osd and ceph-common";

export async function open(): Promise<Soaked> {
  const server = await startCeph();
  await makeBucket(server);
  const vault = await new S3FileBackend(newPrefix(server)).open();
  return {
    vault,
    async [Symbol.asyncDispose]() {
      await vault[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}
