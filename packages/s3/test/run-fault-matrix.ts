import { type FaultKind, FaultMatrix, gatewayKilled, OPERATIONS, type Operation } from './fault-matrix.ts';
import { isCephInstalled, startCeph } from './support/ceph.ts';
import { makeBucket } from './support/prefix.ts';

// Every kind of fault at every request of every operation, once and for good: `pnpm --filter @f9/s3 faults [operation]`.

if (!isCephInstalled()) {
  console.error('Not proven: install radosgw, ceph-mon, ceph-osd and ceph-common');
  process.exit(process.env.F9_REQUIRE_TOOLS === '1' ? 1 : 0);
}

/** Operations that differ where a store looks at conditions of uploads in parts, copies and deletions as well. */
const WITH_CONDITIONS = ['create a large file', 'copy', 'move', 'delete'];

const [wanted = ''] = process.argv.slice(2);
await using ceph = await startCeph();
await makeBucket(ceph);
let found = 0;
let injected = 0;
let failed = 0;

for (const isStrict of [false, true]) {
  await using matrix = await FaultMatrix.start(ceph, isStrict, [gatewayKilled(ceph)]);
  const chosen = OPERATIONS.filter(({ name }) => !isStrict || WITH_CONDITIONS.includes(name));
  for (const operation of chosen.filter(({ name }) => name.includes(wanted))) {
    const begun = performance.now();
    let here = 0;
    let points = 0;
    for (const [kind, count] of await matrix.countPoints(operation)) {
      for (let point = 0; point < count; point++) {
        for (const stays of kind.once === true ? [false] : [false, true]) {
          points++;
          if (await isStruck(matrix, operation, kind, point, stays)) here++;
        }
      }
    }
    found += points;
    injected += here;
    const seconds = ((performance.now() - begun) / 1000).toFixed(1);
    console.log(`${matrix.name}, ${operation.name}: ${points} points, ${here} injected, ${seconds} s`);
  }
}

console.log(`${found} points found, ${injected} injected, ${failed} broken`);
if (found !== injected || failed > 0) process.exitCode = 1;

async function isStruck(
  matrix: FaultMatrix,
  operation: Operation,
  kind: FaultKind,
  point: number,
  stays: boolean,
): Promise<boolean> {
  try {
    return await matrix.try(operation, kind, point, stays);
  } catch (error) {
    failed++;
    console.error(`FAILED ${operation.name}, ${kind.name} at ${point}${stays ? ' and on' : ''}:`, error);
    return true;
  }
}
