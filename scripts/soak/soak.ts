// Soaks one backend, for run.ts: `node --expose-gc scripts/soak/soak.ts BACKEND ROUNDS`. Exits 1 when something is left.
import { once } from 'node:events';
import { createServer } from 'node:net';
import { growthOf, isLeak, leftOver, openResources } from './measure.ts';
import { prepare, sharedOperations } from './operations.ts';
import type { Soakable } from './soaked.ts';

const [name, rounds] = [process.argv[2]!, Number(process.argv[3])];
const { open, missing } = (await import(`./backends/${name}.ts`)) as Soakable;
if (missing !== undefined) {
  console.error(`${name}: not proven: ${missing}`);
  process.exit(process.env.F9_REQUIRE_TOOLS === '1' ? 1 : 0);
}

// The outputs are opened when they are first named, and stay. Node keeps a handle in reserve from its first stream on, which an output
// that is a file is not.
void [process.stdout, process.stderr];
const stream = createServer().listen(0, '127.0.0.1');
await once(stream, 'listening');
await stream[Symbol.asyncDispose]();
const atStart = openResources();
const leaks: string[] = [];
{
  await using soaked = await open();
  await prepare(soaked.vault);
  const operations = { ...sharedOperations(soaked.vault), ...soaked.operations };
  for (const [operation, work] of Object.entries(operations)) {
    const startedAt = performance.now();
    const growth = await growthOf(rounds, work);
    const left = Object.entries(growth.left).map(([kind, count]) => `, ${count} ${kind} left`);
    const line = `${name}: ${operation}: ${(growth.bytes / 1024).toFixed(0)} KiB more after ${rounds}${left.join('')} (${((performance.now() - startedAt) / 1000).toFixed(1)} s)`;
    console.log(line);
    if (isLeak(growth)) leaks.push(line);
  }
}
const left = await leftOver(atStart);
for (const [kind, count] of Object.entries(left)) leaks.push(`${name}: ${count} ${kind} left after disposal`);
for (const leak of leaks) console.error(`LEAK  ${leak}`);
process.exitCode = leaks.length === 0 ? 0 : 1;
