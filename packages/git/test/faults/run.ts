// `pnpm faults`: every kill of every job, and a break of the connection at every kilobyte, where the everyday suite takes samples.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const repository = fileURLToPath(new URL('../../../../', import.meta.url));
const { status } = spawnSync(
  process.execPath,
  ['node_modules/vitest/vitest.mjs', 'run', '--project', '@f9/git', 'faults', 'network'],
  { cwd: repository, env: { ...process.env, F9_FAULTS: 'all' }, stdio: 'inherit' },
);
process.exit(status ?? 1);
