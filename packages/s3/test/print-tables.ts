// Tries out what stores honour, counts what operations cost, and writes both into the documents: `pnpm --filter @f9/s3 tables`. With
// F9_LIVE_S3 (a URI) and F9_LIVE_S3_NAME also a real bucket is tried out.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { replaceBetween } from '../../../scripts/document/markers.ts';
import { S3FileBackend, type S3FileBackendOptions } from '../src/index.ts';
import type { Traits } from '../src/vault/probe.ts';
import { isCephInstalled, startCeph } from './support/ceph.ts';
import { costsOfPrograms, costsOfSingle, costTable } from './support/costs.ts';
import { honouredTable } from './support/honoured.ts';
import { careless, strict } from './support/imitations.ts';
import { liveVault } from './support/live.ts';
import { makeBucket, newPrefix } from './support/prefix.ts';
import { startProxy } from './support/proxy.ts';

const DOCUMENT = join(import.meta.dirname, '../../../docs/s3.md');

if (!isCephInstalled()) {
  console.error('Nothing is known: install radosgw, ceph-mon, ceph-osd and ceph-common');
  process.exit(1);
}

await using ceph = await startCeph();
await makeBucket(ceph);
await using counted = await startProxy(ceph);
await using everything = await startProxy(ceph, strict(ceph));
await using nothing = await startProxy(ceph, careless(ceph));

const stores: [string, Traits][] = [
  [`Ceph ${cephVersion()}`, await traitsOf(newPrefix(ceph))],
  [
    "one that looks at every condition (the tests' own)",
    await traitsOf({ ...newPrefix(ceph), endpoint: everything.endpoint }),
  ],
  [
    "one that ignores conditions (the tests' own)",
    await traitsOf({ ...newPrefix(ceph), endpoint: nothing.endpoint, conditionalWrites: false }),
  ],
];
const live = liveVault();
if (live !== undefined) {
  stores.push([process.env.F9_LIVE_S3_NAME ?? 'a real bucket', await traitsOf(live)]);
}
const behind = (): S3FileBackendOptions => ({ ...newPrefix(ceph), endpoint: counted.endpoint });
const costs = new Map([
  ...(await costsOfSingle(counted, behind())),
  ...(await costsOfPrograms(counted, behind())),
]);

const tables = { honoured: honouredTable(stores), costs: costTable(costs) };
let text = readFileSync(DOCUMENT, 'utf8');
for (const [name, table] of Object.entries(tables)) {
  console.log(`${table}\n`);
  text = replaceBetween(text, name, table);
}
writeFileSync(DOCUMENT, text);

async function traitsOf(options: S3FileBackendOptions): Promise<Traits> {
  await using vault = new S3FileBackend(options);
  return await vault.traits();
}

function cephVersion(): string {
  const said = execFileSync('radosgw', ['--version'], { encoding: 'utf8' });
  return /(\d+\.\d+)/.exec(said)?.[1] ?? '';
}
