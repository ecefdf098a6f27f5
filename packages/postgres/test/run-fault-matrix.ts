import { FaultMatrix, OPERATIONS } from './fault-matrix.ts';
import { Cluster, hasPostgres } from './support/cluster.ts';

// A cut at every message of every operation, and a killed server at every third: `pnpm --filter @f9/postgres faults [operation]`.

if (!hasPostgres) {
  console.error("Not proven: install the server, Debian's postgresql");
  process.exit(process.env.F9_REQUIRE_TOOLS === '1' ? 1 : 0);
}

const [wanted = ''] = process.argv.slice(2);
// What was acknowledged has to survive.
await using cluster = await Cluster.start({ isDurable: true });
await using matrix = await FaultMatrix.start(cluster);
let injected = 0;
let found = 0;
let failed = 0;
for (const operation of OPERATIONS.filter(({ name }) => name.includes(wanted))) {
  const begun = performance.now();
  const messages = await matrix.messagesOf(operation);
  let here = 0;
  let points = 0;
  for (let at = 0; at < messages; at++) {
    for (const kind of at % 3 === 0 ? (['cut', 'kill'] as const) : (['cut'] as const)) {
      points++;
      try {
        if (await matrix.try(operation, kind, at)) here++;
      } catch (error) {
        failed++;
        console.error(`FAILED ${operation.name}, ${kind} at message ${at}:`, error);
      }
    }
  }
  injected += points;
  found += here;
  console.log(
    `${operation.name}: ${here} of ${points} faults, ${((performance.now() - begun) / 1000).toFixed(1)} s`,
  );
}
console.log(`${found} of ${injected} faults struck and left the vault old or new, ${failed} failed`);
process.exitCode = failed > 0 || found !== injected ? 1 : 0;
