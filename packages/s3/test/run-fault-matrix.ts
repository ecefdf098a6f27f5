import {
  FAULT_KINDS,
  type FaultKind,
  FaultMatrix,
  gatewayKilled,
  OPERATIONS,
  type Operation,
} from './fault-matrix.ts';
import { type Ceph, isCephInstalled, startCeph } from './support/ceph.ts';
import { makeBucket } from './support/prefix.ts';

// Every kind of fault at every request of every operation, once and for good: `pnpm --filter @f9/s3 faults [operation]`.

if (!isCephInstalled()) {
  console.error('Not proven: install radosgw, ceph-mon, ceph-osd and ceph-common');
  process.exit(process.env.F9_REQUIRE_TOOLS === '1' ? 1 : 0);
}

/** Operations that differ where a store looks at conditions of uploads in parts, copies and deletions as well. */
const WITH_CONDITIONS = ['create a large file', 'copy', 'move', 'delete'];
/** Faults at the same time, each in a vault of its own: most of them wait, for a deadline or a pause. */
const AT_ONCE = 6;

/** A fault at one place. */
interface Trial {
  readonly operation: Operation;
  readonly kind: FaultKind;
  readonly point: number;
  readonly stays: boolean;
}

const [wanted = ''] = process.argv.slice(2);
await using ceph = await startCeph();
await makeBucket(ceph);
let found = 0;
let injected = 0;
let failed = 0;

for (const isStrict of [false, true]) {
  const chosen = OPERATIONS.filter(({ name }) => !isStrict || WITH_CONDITIONS.includes(name)).filter(
    ({ name }) => name.includes(wanted),
  );
  await strikeAll(ceph, isStrict, chosen, FAULT_KINDS, AT_ONCE);
  // All are served by the gateway that is killed.
  await strikeAll(ceph, isStrict, chosen, [gatewayKilled(ceph)], 1);
}

console.log(`${found} points found, ${injected} injected, ${failed} broken`);
if (found !== injected || failed > 0) process.exitCode = 1;

async function strikeAll(
  server: Ceph,
  isStrict: boolean,
  operations: readonly Operation[],
  kinds: readonly FaultKind[],
  atOnce: number,
): Promise<void> {
  await using matrices = new AsyncDisposableStack();
  const lanes: FaultMatrix[] = [];
  for (let i = 0; i < atOnce; i++) {
    lanes.push(matrices.use(await FaultMatrix.start(server, isStrict, kinds)));
  }
  for (const operation of operations) {
    const begun = performance.now();
    const trials = await trialsOf(operation, lanes[0]!);
    const injectedBefore = injected;
    const next = trials.values();
    await Promise.all(
      lanes.map(async (matrix) => {
        for (const trial of next) if (await isStruck(matrix, trial)) injected++;
      }),
    );
    found += trials.length;
    const seconds = ((performance.now() - begun) / 1000).toFixed(1);
    const what = kinds.length === 1 ? `${operation.name}, ${kinds[0]!.name}` : operation.name;
    console.log(
      `${lanes[0]!.name}, ${what}: ${trials.length} points, ${injected - injectedBefore} injected, ${seconds} s`,
    );
  }
}

async function trialsOf(operation: Operation, matrix: FaultMatrix): Promise<readonly Trial[]> {
  return [...(await matrix.countPoints(operation))].flatMap(([kind, count]) =>
    Array.from({ length: count }, (_, point) =>
      (kind.once === true ? [false] : [false, true]).map((stays) => ({ operation, kind, point, stays })),
    ).flat(),
  );
}

async function isStruck(matrix: FaultMatrix, { operation, kind, point, stays }: Trial): Promise<boolean> {
  try {
    return await matrix.try(operation, kind, point, stays);
  } catch (error) {
    failed++;
    console.error(`FAILED ${operation.name}, ${kind.name} at ${point}${stays ? ' and on' : ''}:`, error);
    return true;
  }
}
