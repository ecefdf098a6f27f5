import { PostgresFileBackend } from '@f9/postgres';
import { Cluster, hasPostgres } from '../../../packages/postgres/test/support/cluster.ts';
import type { Soaked } from '../soaked.ts';

export const missing: string | undefined = hasPostgres
  ? undefined
  : "install PostgreSQL, Debian's postgresql";

export async function open(): Promise<Soaked> {
  const cluster = await Cluster.start();
  const vault = await new PostgresFileBackend(cluster.options()).open();
  return {
    vault,
    async [Symbol.asyncDispose]() {
      await vault[Symbol.asyncDispose]();
      await cluster[Symbol.asyncDispose]();
    },
  };
}
