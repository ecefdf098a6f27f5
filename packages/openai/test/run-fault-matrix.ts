import { FAULT_KINDS, FaultMatrix, OPERATIONS } from './fault-matrix.ts';

// Every kind of fault at every request of every operation: `pnpm --filter @f9/openai faults [operation]`.

const [wanted = ''] = process.argv.slice(2);
await using matrix = await FaultMatrix.start(300);
let found = 0;
let injected = 0;
let failed = 0;

for (const operation of OPERATIONS.filter(({ name }) => name.includes(wanted))) {
  const begun = performance.now();
  const points = await matrix.countPoints(operation);
  let here = 0;
  for (const kind of FAULT_KINDS) {
    for (let point = 0; point < points; point++) {
      try {
        if (await matrix.try({ operation, kind, point })) here++;
      } catch (error) {
        failed++;
        console.error(`FAILED ${operation.name}, ${kind.name} at request ${point}:`, error);
      }
    }
  }
  found += points * FAULT_KINDS.length;
  injected += here;
  const seconds = ((performance.now() - begun) / 1000).toFixed(1);
  console.log(
    `${operation.name}: ${points} requests, ${points * FAULT_KINDS.length} points, ${here} injected, ${seconds} s`,
  );
}

console.log(`${found} points found, ${injected} injected, ${failed} broken`);
if (found !== injected || failed > 0) process.exitCode = 1;
