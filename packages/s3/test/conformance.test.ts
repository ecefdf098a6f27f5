import { randomUUID } from 'node:crypto';
import { type ConformanceHarness, testBackend } from '@f9/conformance';
import { afterAll, describe, test } from 'vitest';
import { withRequests } from '../../../scripts/test/before-calls.ts';
import { isLong, sparing } from '../../../scripts/test/daily.ts';
import { S3FileBackend } from '../src/index.ts';
import { newVault, server } from './support/bucket.ts';
import type { S3Server } from './support/ceph.ts';
import { strict } from './support/imitations.ts';
import { startProxy } from './support/proxy.ts';

/** Groups of the contract in which it matters that the store looks when it deletes, copies and joins parts. */
const WITH_CONDITIONS = ['all or nothing', 'preconditions', 'copy and move', 'delete', 'between processes'];

function harness(name: string, { endpoint, secretAccessKey }: S3Server): ConformanceHarness {
  return {
    name,
    createStore: async () => {
      const options = await newVault({ endpoint });
      return {
        createBackend: () => new S3FileBackend(options),
        processModule: { url: new URL('open-vault.ts', import.meta.url), data: options },
        secrets: [secretAccessKey],
        onCall: withRequests,
      };
    },
    createMissing: async () => {
      const options = await newVault({ endpoint, bucket: 'none' });
      return { createBackend: () => new S3FileBackend(options), secrets: [secretAccessKey] };
    },
    slow: !isLong,
    // What S3 has room for in a key, behind a prefix of the tests.
    longestPath: 1024 - `${randomUUID()}/`.length,
    // Its thousands of rounds between processes would be hours of round trips.
    long: false,
    sessionLease: 3000,
    resources: connections,
  };
}

/** Connections that something waits on; those at rest are for the next request. */
async function connections(): Promise<number> {
  // What is closed is gone two turns later.
  for (let turn = 0; turn < 2; turn++) await new Promise(setImmediate);
  return process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length;
}

if (server === undefined) test.skip('the contract (needs an S3 server)', () => undefined);
else {
  // A quarter of the contract, and an eighth of what differs on another kind of store, others by another seed; the long form runs it whole on both.
  await testBackend(sparing({ describe, test }, 4), harness('s3', server));
  if (isLong) {
    const names = (group: string, body: () => void): void => {
      if (group.startsWith('f9 contract') || group === 'any names') describe(group, body);
    };
    // Ten thousand names, and a thousand trees: many requests, but each soon done.
    const thorough = { ...harness('s3, any names', server), long: true, slow: false, patience: 60_000 };
    await testBackend({ describe: names, test }, thorough);
  }
  const proxy = await startProxy(server, strict(server));
  afterAll(() => proxy[Symbol.asyncDispose]());
  const spared = sparing({ describe, test }, 8);
  const selected = (group: string, body: () => void): void => {
    if (isLong || group.startsWith('f9 contract') || WITH_CONDITIONS.includes(group))
      spared.describe(group, body);
  };
  // The proxy lies in this process, whose connections are its own too.
  const { resources: _, ...conditional } = harness('s3 that looks at every condition', proxy);
  await testBackend({ describe: selected, test: spared.test }, conditional);
}
