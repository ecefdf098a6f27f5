// pnpm test [package [file...] [-t title]]: builds, then checks and tests whatever changed since it was last proven; one package, or
// files of one without the cache. The last lines say what was not proven on this machine.
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { thisMachine } from './needs.ts';
import { testedPackages } from './packages.ts';
import { PROOF, readProofs, summary } from './proof.ts';

const QUIET = ['--continue=dependencies-successful', '--output-logs=errors-only', '--log-order=grouped'];

const [only, ...rest] = process.argv.slice(2);
const all = testedPackages();
const chosen = all.filter(
  ({ name, folder }) => only === undefined || [name, folder].includes(only) || folder.endsWith(`/${only}`),
);
if (chosen.length === 0) {
  const names = all.map(({ folder }) => folder.split('/').at(-1));
  console.error(`No package is called ${JSON.stringify(only)}. There are: ${names.join(', ')}`);
  process.exit(2);
}

const filters = only === undefined ? [] : chosen.map(({ name }) => `--filter=${name}`);
const built = run('turbo', ['run', 'build', ...filters.map((filter) => `${filter}...`), ...QUIET]);
if (built !== 0) process.exit(built);
if (rest.length > 0) process.exit(run('vitest', ['run', '--project', chosen[0]!.name, ...rest]));

for (const { folder } of chosen) rmSync(join(folder, PROOF), { force: true });
const tasks = only === undefined ? ['typecheck', 'lint', 'imports', 'documents', 'test'] : ['test'];
// Each of the tasks has workers of its own: more of them at once than this, and tests wait for processors until their time is up.
const status = run('turbo', ['run', ...tasks, ...filters, '--concurrency=4', ...QUIET]);
console.log(`\n${summary(readProofs(chosen))}`);
if (status !== 0) console.error('Some of it failed; see above.');
process.exit(status);

/** Runs a tool of the workspace; gives its exit code. */
function run(command: string, args: readonly string[]): number {
  const env = {
    ...process.env,
    F9_MACHINE: thisMachine(),
    TURBO_TELEMETRY_DISABLED: '1',
    TURBO_NO_UPDATE_NOTIFIER: '1',
  };
  const isWindows = process.platform === 'win32';
  return spawnSync(command, args, { stdio: 'inherit', shell: isWindows, env }).status ?? 1;
}
