import { Socket } from 'node:net';
import { type ConformanceHarness, testBackend } from '@f9/conformance';
import { afterAll, describe, test } from 'vitest';
import { beforeCalls } from '../../../scripts/test/before-calls.ts';
import { isLong, sparing } from '../../../scripts/test/daily.ts';
import { Connection } from '../src/database/connection.ts';
import { PostgresFileBackend, type PostgresFileBackendOptions } from '../src/index.ts';
import { resolveOptions } from '../src/options.ts';
import type { Cluster } from './support/cluster.ts';
import { cluster } from './support/shared.ts';

/** Vaults that are used again, emptied: making the tables takes longer than most cases. */
const emptied: string[] = [];
let made = 0;
const TABLES = ['entries', 'blocks', 'staged', 'discarded', 'removed', 'versions'];

if (cluster === undefined) {
  test.skip('the whole suite (needs PostgreSQL)', () => undefined);
} else {
  // Another process for each statement would take longer than most cases.
  const upkeep = new Connection(resolveOptions(cluster.options()));
  await upkeep.script('SELECT');
  afterAll(() => upkeep.close());
  // A quarter of the contract, another one by another seed; the long form runs it whole, twice.
  await testBackend(sparing({ describe, test }, 4), harness(cluster, upkeep, 'postgres', {}));
  if (isLong) {
    await testBackend(
      { describe, test },
      harness(cluster, upkeep, 'postgres with history', { history: true }),
    );
  }
}

function harness(
  cluster: Cluster,
  upkeep: Connection,
  name: string,
  given: Partial<PostgresFileBackendOptions>,
): ConformanceHarness {
  return {
    name,
    createStore: () => {
      const vault = emptied.pop() ?? `suite${++made}`;
      const options = cluster.options({ vault, ...given });
      return {
        createBackend: () => new PostgresFileBackend(options),
        processModule: { url: new URL('open-vault.ts', import.meta.url), data: options },
        secrets: ['127.0.0.1', String(cluster.port)],
        // Each message of the protocol is written on its own.
        onCall: (listener) => beforeCalls(Socket.prototype, ['write'], listener),
        leftovers: async () =>
          (await upkeep.query(leftoversOf(`f9_${vault}`))).map(({ what }) => String(what)),
        dispose: async () => {
          await upkeep.script(TABLES.map((table) => `DELETE FROM f9_${vault}.${table};`).join(''));
          emptied.push(vault);
        },
      };
    },
    createMissing: () => {
      const options = cluster.options({ database: 'none', ...given });
      return { createBackend: () => new PostgresFileBackend(options), secrets: [String(cluster.port)] };
    },
    sessionLease: 5000,
    resources: () => process.getActiveResourcesInfo().filter((kind) => kind === 'TCPSocketWrap').length,
  };
}

/** What no file needs: bytes of writes that did not end, and a session that somebody has. */
function leftoversOf(schema: string): string {
  return `SELECT 'staged ' || content AS what FROM ${schema}.staged
    UNION SELECT 'bytes ' || content FROM ${schema}.blocks WHERE content NOT IN (
      SELECT content FROM ${schema}.entries WHERE content IS NOT NULL UNION SELECT content FROM ${schema}.discarded
      UNION SELECT content FROM ${schema}.versions WHERE content IS NOT NULL
    )
    UNION SELECT 'session of ' || holder FROM ${schema}.session WHERE holder IS NOT NULL`;
}
