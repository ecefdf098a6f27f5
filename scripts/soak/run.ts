// pnpm soak [backend...] [--rounds <count>]: every operation of every backend 500 times; what it leaves in memory, of handles, timers
// and processes. One process a backend, so that none hides what another leaves.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
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
const waiting = positionals.length === 0 ? [...ALL] : positionals;
let status = 0;
const soakNext = async (): Promise<void> => {
  for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
    const soak = join(import.meta.dirname, 'soak.ts');
    const child = spawn(
      process.execPath,
      ['--conditions=@f9/source', '--expose-gc', '--no-warnings', soak, name, values.rounds],
      { stdio: 'inherit', env },
    );
    const [code] = (await once(child, 'exit')) as [number | null];
    if (code !== 0) status = 1;
  }
};
// They wait for disks and servers much of the time, and none sees the memory of another.
await Promise.all(Array.from({ length: Math.min(2, availableParallelism()) }, soakNext));
console.log(status === 0 ? 'Nothing is left.' : 'Something is left; see LEAK above.');
process.exitCode = status;
