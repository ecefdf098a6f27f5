import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

export const BIN: string = fileURLToPath(new URL('../../src/bin.ts', import.meta.url));

export interface Ended {
  /** The exit code, or the signal that killed it. */
  readonly code: number | NodeJS.Signals;
  readonly stdout: Buffer;
  readonly stderr: string;
}

/** The real command as a process of its own. */
export class Spawned {
  readonly child: ChildProcessWithoutNullStreams;
  /** When it is over. */
  readonly ended: Promise<Ended>;

  constructor(argv: readonly string[], cwd: string, env: Readonly<Record<string, string>> = {}) {
    this.child = spawn(process.execPath, ['--conditions=@f9/source', BIN, ...argv], {
      cwd,
      env: {
        PATH: process.env.PATH,
        NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE,
        HOME: cwd,
        F9_CONFIG: `${cwd}/config.json`,
        ...env,
      },
    });
    this.ended = this.#collect();
  }

  async #collect(): Promise<Ended> {
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    this.child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
    this.child.stderr.on('data', (chunk: Buffer) => err.push(chunk));
    const [code, signal] = (await once(this.child, 'close')) as [number | null, NodeJS.Signals | null];
    return { code: code ?? signal!, stdout: Buffer.concat(out), stderr: Buffer.concat(err).toString() };
  }
}

/** Runs it to its end. */
export async function spawnF9(
  argv: readonly string[],
  cwd: string,
  {
    stdin = '',
    env = {},
  }: { readonly stdin?: string | Uint8Array; readonly env?: Record<string, string> } = {},
): Promise<Ended> {
  const spawned = new Spawned(argv, cwd, env);
  spawned.child.stdin.end(stdin);
  return await spawned.ended;
}
