import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isLong } from '../../../scripts/test/daily.ts';
import { hasNamespaces } from '../../../scripts/test/hosts/network.ts';
import { clockOff, hasFaketime, type Takeover, TwoHosts } from '../../../scripts/test/hosts/two-hosts.ts';
import { PostgresFileBackend } from '../src/index.ts';
import { Cluster, hasPostgres } from './support/cluster.ts';

const canRun = hasPostgres && hasNamespaces();

describe.skipIf(!canRun)('two hosts, a cable each (needs PostgreSQL, network namespaces)', () => {
  let hosts: TwoHosts;
  let cluster: Cluster;

  beforeAll(async () => {
    hosts = await TwoHosts.connect(new URL('open-vault.ts', import.meta.url));
    cluster = await Cluster.start({ address: '*', isDurable: true });
  });
  afterAll(async () => {
    await cluster[Symbol.asyncDispose]();
    await hosts[Symbol.asyncDispose]();
  });

  const far = (vault: string) => cluster.options({ host: hosts.address, tls: 'disable', vault });

  async function takenOver(vault: string, environment: Record<string, string> = {}): Promise<Takeover> {
    await using direct = new PostgresFileBackend(cluster.options({ vault }));
    const takeover = await hosts.cutAndTakenOver(far(vault), direct, environment);
    // The lease, by the server's clock.
    expect(takeover.after).toBeGreaterThan(3000);
    return takeover;
  }

  test('sessions exclude, a cut cable is fenced, and nothing that was acknowledged is lost', async () => {
    const { after } = await takenOver('cut');
    console.log(`the session of a host whose cable was cut was taken over after ${Math.round(after)} ms`);
  });

  test.skipIf(!hasFaketime)(
    'a clock that is an hour ahead or behind changes nothing (needs libfaketime)',
    async () => {
      for (const offset of isLong ? ['+1h', '-1h'] : ['+1h']) {
        const { skew } = await takenOver(`clock${offset === '+1h' ? 'ahead' : 'behind'}`, clockOff(offset));
        expect(Math.abs(skew)).toBeGreaterThan(3_000_000);
      }
    },
  );

  test('the session of a process that died is free at once', async () => {
    const after = await hosts.killedAndTakenOver(far('died'), 1);
    console.log(`the session of a process that died was taken over after ${Math.round(after)} ms`);
  });
});
