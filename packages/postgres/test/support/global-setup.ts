import type { TestProject } from 'vitest/node';
import { hasOpenssl } from './certificates.ts';
import { Cluster, hasPostgres, type Place } from './cluster.ts';

declare module 'vitest' {
  interface ProvidedContext {
    readonly postgres: Place | undefined;
  }
}

/** One server for all test files that do not kill it. */
export default async function setUp({ provide }: TestProject): Promise<(() => Promise<void>) | undefined> {
  if (!hasPostgres) {
    provide('postgres', undefined);
    return undefined;
  }
  const cluster = await Cluster.start({ hasTls: hasOpenssl });
  provide('postgres', { folder: cluster.folder, port: cluster.port });
  return async () => await cluster[Symbol.asyncDispose]();
}
