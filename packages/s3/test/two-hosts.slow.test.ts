import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isLong } from '../../../scripts/test/daily.ts';
import { hasNamespaces } from '../../../scripts/test/hosts/network.ts';
import { clockOff, hasFaketime, type Takeover, TwoHosts } from '../../../scripts/test/hosts/two-hosts.ts';
import { S3FileBackend, type S3FileBackendOptions } from '../src/index.ts';
import { newVault, server } from './support/bucket.ts';
import { type S3Proxy, startProxy } from './support/proxy.ts';

const canRun = server !== undefined && hasNamespaces();

describe.skipIf(!canRun)('two hosts, a cable each (needs an S3 server, network namespaces)', () => {
  let hosts: TwoHosts;
  let gateway: S3Proxy;

  beforeAll(async () => {
    hosts = await TwoHosts.connect(new URL('open-vault.ts', import.meta.url));
    gateway = await startProxy(server!, undefined, hosts.address);
  });
  afterAll(async () => {
    await gateway[Symbol.asyncDispose]();
    await hosts[Symbol.asyncDispose]();
  });

  const far = async (): Promise<S3FileBackendOptions> => await newVault({ endpoint: gateway.endpoint });

  async function takenOver(environment: Record<string, string> = {}): Promise<Takeover> {
    const options = { ...(await far()), timeout: 1000 };
    await using direct = new S3FileBackend({ ...options, endpoint: server!.endpoint });
    const takeover = await hosts.cutAndTakenOver(options, direct, environment);
    // The lease, by the clock of who waits.
    expect(takeover.after).toBeGreaterThan(2000);
    return takeover;
  }

  test('sessions exclude, a cut cable is fenced, and nothing that was acknowledged is lost', async () => {
    const { after } = await takenOver();
    console.log(`the session of a host whose cable was cut was taken over after ${Math.round(after)} ms`);
  });

  test.skipIf(!hasFaketime)(
    'a clock that is an hour ahead or behind changes nothing (needs libfaketime)',
    async () => {
      for (const offset of isLong ? ['+1h', '-1h'] : ['-1h']) {
        const { skew } = await takenOver(clockOff(offset));
        expect(Math.abs(skew)).toBeGreaterThan(3_000_000);
      }
    },
  );

  test('the session of a process that died is free at once on its own host', async () => {
    // Longer than anybody waits here.
    const options = { ...(await far()), sessionLease: 600_000 };
    const after = await hosts.killedAndTakenOver(options, 0);
    console.log(`the session of a process that died was taken over after ${Math.round(after)} ms`);
  });
});
