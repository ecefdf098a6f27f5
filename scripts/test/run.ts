// pnpm test [package [file...] [-t title]]: builds, then checks and tests whatever changed since it was last proven: of all packages
// without the files called *.slow.test.ts; of one with them; or files of one, without the cache. The last lines say what was not proven.
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { isWhole } from './daily.ts';
import { thisMachine } from './needs.ts';
import { testedPackages } from './packages.ts';
import { PROOF, readProofs, summary } from './proof.ts';

const QUIET = ['--continue=dependencies-successful', '--output-logs=errors-only', '--log-order=grouped'];

/** Left out each day: its tests are the contract of a backend that people copy, and run against what is built. */
const TEMPLATE = 'f9-backend-sqlite';
const LEFT_OUT = `Kills, faults, races and long stories (*.slow.test.ts) and most cases of the slow backends are run in .ci/run. Here: one package
with its slow files by \`pnpm test <package>\`, everything by \`F9_WHOLE=1 pnpm test\`.`;

const [only, ...rest] = process.argv.slice(2);
const isEveryday = only === undefined && !isWhole;
const all = testedPackages();
const chosen = all.filter(({ name, folder }) =>
  only === undefined
    ? !isEveryday || name !== TEMPLATE
    : [name, folder].includes(only) || folder.endsWith(`/${only}`),
);
if (chosen.length === 0) {
  const names = all.map(({ folder }) => folder.split('/').at(-1));
  console.error(`No package is called ${JSON.stringify(only)}. There are: ${names.join(', ')}`);
  process.exit(2);
}

const packages = only === undefined ? [] : chosen.map(({ name }) => `--filter=${name}...`);
const built = run('turbo', ['run', 'build', ...packages, ...QUIET]);
if (built !== 0) process.exit(built);
if (rest.length > 0) process.exit(run('vitest', ['run', '--project', chosen[0]!.name, ...rest]));

for (const { folder } of chosen) rmSync(join(folder, PROOF), { force: true });
const tasks =
  only === undefined ? ['typecheck', 'lint', 'imports', 'documents', 'test'] : ['typecheck', 'test'];
const tested = [
  ...chosen.map(({ name }) => `--filter=${name}`),
  ...(only === undefined ? ['--filter=//'] : []),
];
// Each of the tasks has workers of its own: more of them at once than this, and tests wait for processors until their time is up.
const status = run('turbo', ['run', ...tasks, ...tested, '--concurrency=4', ...QUIET]);
console.log(`\n${summary(readProofs(chosen))}`);
if (isEveryday) console.log(LEFT_OUT);
if (status !== 0) console.error('Some of it failed; see above.');
process.exit(status);

/** Runs a tool of the workspace; gives its exit code. */
function run(command: string, args: readonly string[]): number {
  const env = {
    ...process.env,
    F9_MACHINE: thisMachine(),
    F9_BUILT: '1',
    F9_EVERYDAY: isEveryday ? '1' : '0',
    TURBO_TELEMETRY_DISABLED: '1',
    TURBO_NO_UPDATE_NOTIFIER: '1',
  };
  const isWindows = process.platform === 'win32';
  return spawnSync(command, args, { stdio: 'inherit', shell: isWindows, env }).status ?? 1;
}
