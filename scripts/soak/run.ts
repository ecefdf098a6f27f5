// pnpm soak [backend...] [--rounds <count>]: every operation of every backend 500 times; what it leaves in memory, of handles, timers
// and processes. One process a backend, so that none hides what another leaves.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

const ALL = ['memory', 'local', 'git', 'openai', 'sqlite', 'postgres', 's3'];

const { values, positionals } = parseArgs({
  options: { rounds: { type: 'string', default: '500' } },
  allowPositionals: true,
});
const unknown = positionals.filter((name) => !ALL.includes(name));
if (unknown.length > 0) {
  console.error(`There is no soak of ${unknown.join(', ')}; there are ${ALL.join(', ')}`);
  process.exit(2);
}
// In memory where there is such a place: what is measured is no disk.
const env = { ...process.env, TMPDIR: existsSync('/dev/shm') ? '/dev/shm' : tmpdir() };
let status = 0;
for (const name of positionals.length === 0 ? ALL : positionals) {
  const soak = join(import.meta.dirname, 'soak.ts');
  const child = spawnSync(
    process.execPath,
    ['--conditions=@f9/source', '--expose-gc', '--no-warnings', soak, name, values.rounds],
    { stdio: 'inherit', env },
  );
  if (child.status !== 0) status = 1;
}
console.log(status === 0 ? 'Nothing is left.' : 'Something is left; see LEAK above.');
process.exitCode = status;
