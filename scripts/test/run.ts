// pnpm test [package [file] [-t title]]: builds, checks and tests whatever changed since it was last proven; one package, or files of
// one without the cache. The last lines say what was not proven on this machine.
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { thisMachine } from './needs.ts';
import { testedPackages } from './packages.ts';
import { PROOF, type Proof, readProof, summary } from './proof.ts';

const [only, ...files] = process.argv.slice(2);
const packages = testedPackages();
const chosen = packages.filter(
  ({ name, folder }) => only === undefined || name === only || folder.endsWith(`/${only}`) || folder === only,
);
if (chosen.length === 0) {
  console.error(
    `No package is called ${JSON.stringify(only)}. There are: ${packages.map(({ folder }) => folder.split('/').at(-1)).join(', ')}`,
  );
  process.exit(2);
}

if (files.length > 0) {
  const built = run('turbo', [
    'run',
    'build',
    `--filter=${chosen[0]!.name}...`,
    '--output-logs=errors-only',
    '--log-order=grouped',
  ]);
  if (built !== 0) process.exit(built);
  process.exit(run('vitest', ['run', '--project', chosen[0]!.name, ...files]));
}

for (const { folder } of chosen) rmSync(join(folder, PROOF), { force: true });
const tasks = only === undefined ? ['build', 'typecheck', 'lint', 'imports', 'documents', 'test'] : ['test'];
const filters = only === undefined ? [] : chosen.map(({ name }) => `--filter=${name}`);
const status = run('turbo', [
  'run',
  ...tasks,
  ...filters,
  '--continue=dependencies-successful',
  '--output-logs=errors-only',
]);

const proofs = new Map<string, Proof>();
for (const { name, folder } of chosen) {
  const proof = readProof(folder);
  if (proof !== undefined) proofs.set(name, proof);
}
console.log(`\n${summary(proofs)}`);
if (status !== 0) console.error('Some of it failed; see above.');
process.exit(status);

function run(command: string, args: readonly string[]): number {
  const { status } = spawnSync(command, args, {
    stdio: 'inherit',
    shell: process.platform === 'win32',
    env: {
      ...process.env,
      F9_MACHINE: thisMachine(),
      TURBO_TELEMETRY_DISABLED: '1',
      TURBO_NO_UPDATE_NOTIFIER: '1',
    },
  });
  return status ?? 1;
}
