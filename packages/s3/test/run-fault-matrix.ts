import { FAULT_KINDS, FaultMatrix, OPERATIONS } from './fault-matrix.ts';
import { isCephInstalled, startCeph } from './support/ceph.ts';
import { makeBucket } from './support/prefix.ts';

// Every kind of fault at every request of every operation, once and for good: `pnpm --filter @f9/s3 faults [operation]`.

if (!isCephInstalled()) {
  console.error('Not proven: install radosgw, ceph-mon, ceph-osd and ceph-common');
  process.exit(process.env.F9_REQUIRE_TOOLS === '1' ? 1 : 0);
}

const [wanted = ''] = process.argv.slice(2);
await using ceph = await startCeph();
await makeBucket(ceph);
let found = 0;
let injected = 0;
let failed = 0;

for (const isStrict of [false, true]) {
  await using matrix = await FaultMatrix.start(ceph, isStrict);
  for (const operation of OPERATIONS.filter(({ name }) => name.includes(wanted))) {
    const begun = performance.now();
    const requests = await matrix.requestsOf(operation);
    let here = 0;
    let points = 0;
    for (const kind of FAULT_KINDS) {
      for (const [point, request] of requests.entries()) {
        if (kind.fits?.(request) === false) continue;
        for (const stays of [false, true]) {
          points++;
          try {
            if (await matrix.try(operation, kind, point, stays)) here++;
          } catch (error) {
            failed++;
            console.error(
              `FAILED ${operation.name}, ${kind.name} at request ${point}${stays ? ' and on' : ''}:`,
              error,
            );
          }
        }
      }
    }
    found += points;
    injected += here;
    const seconds = ((performance.now() - begun) / 1000).toFixed(1);
    console.log(
      `${matrix.name}, ${operation.name}: ${requests.length} requests, ${points} points, ${here} injected, ${seconds} s`,
    );
  }
}

// The gateway itself dies at every moment of a write, and comes back.
let crashes = 0;
for (const operation of OPERATIONS.filter(({ name }) =>
  ['create', 'replace', 'delete', 'write in a session'].includes(name),
)) {
  crashes += await crashAtEach(operation);
}
console.log(
  `${found} points found, ${injected} injected, ${failed} broken; the gateway was killed ${crashes} times`,
);
if (found !== injected || failed > 0) process.exitCode = 1;

async function crashAtEach(operation: (typeof OPERATIONS)[number]): Promise<number> {
  await using matrix = await FaultMatrix.start(ceph, false);
  const requests = await matrix.requestsOf(operation);
  let times = 0;
  for (const when of ['before', 'after'] as const) {
    const kind = {
      name: `the gateway is killed ${when}`,
      strike: async (_: unknown, forward: () => Promise<unknown>) => {
        if (when === 'after') await forward();
        await ceph.crash();
        return 'reset' as const;
      },
    };
    for (const point of requests.keys()) {
      found++;
      times++;
      try {
        if (await matrix.try(operation, kind, point, false)) injected++;
      } catch (error) {
        failed++;
        console.error(`FAILED ${operation.name}, ${kind.name} at request ${point}:`, error);
      }
    }
  }
  return times;
}
