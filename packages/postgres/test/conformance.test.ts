import { type ConformanceHarness, testBackend } from '@f9/conformance';
import { afterAll, describe, test } from 'vitest';
import { isLong, sparing } from '../../../scripts/test/daily.ts';
import { PostgresFileBackend, type PostgresFileBackendOptions } from '../src/index.ts';
import { Cluster, hasPostgres } from './support/cluster.ts';

/** Vaults that are used again, emptied: making the tables takes longer than most cases. */
const emptied: string[] = [];
let made = 0;
const TABLES = ['entries', 'blocks', 'staged', 'discarded', 'removed', 'versions'];

if (!hasPostgres) {
  test.skip('the whole suite (needs PostgreSQL)', () => undefined);
} else {
  const cluster = await Cluster.start();
  afterAll(() => cluster[Symbol.asyncDispose]());
  await testBackend(sparing({ describe, test }, 2, ['between processes']), harness(cluster, 'postgres', {}));
  if (isLong) {
    await testBackend({ describe, test }, harness(cluster, 'postgres with history', { history: true }));
  }
}

function harness(
  cluster: Cluster,
  name: string,
  given: Partial<PostgresFileBackendOptions>,
): ConformanceHarness {
  return {
    name,
    createStore: () => {
      const vault = emptied.pop() ?? `v${++made}`;
      const options = cluster.options({ vault, ...given });
      return {
        createBackend: () => new PostgresFileBackend(options),
        processModule: { url: new URL('open-vault.ts', import.meta.url), data: options },
        secrets: ['127.0.0.1', String(cluster.port)],
        dispose: () => {
          cluster.sql(TABLES.map((table) => `DELETE FROM f9_${vault}.${table};`).join(''));
          emptied.push(vault);
        },
      };
    },
    sessionLease: 5000,
    resources: () => process.getActiveResourcesInfo().filter((kind) => kind === 'TCPSocketWrap').length,
  };
}
