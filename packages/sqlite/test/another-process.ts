import { type ChildProcess, spawn } from 'node:child_process';

const source = JSON.stringify(new URL('../src/index.ts', import.meta.url).href);

/** A process that runs `program` with a vault in the same file. */
export function another(path: string, program: string): ChildProcess {
  const code = `import { SqliteFileBackend } from ${source};
    const vault = new SqliteFileBackend({ path: ${JSON.stringify(path)} });
    ${program}`;
  const flags = ['--conditions=@f9/source', '--no-warnings', '--input-type=module', '--eval', code];
  return spawn(process.execPath, flags, { stdio: ['ignore', 'pipe', 'inherit'] });
}
