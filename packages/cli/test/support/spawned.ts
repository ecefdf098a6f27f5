import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { program } from '../../../../scripts/test/programs.ts';

/** What Node is given before the arguments of the command. */
export const F9: readonly string[] = program('cli');

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
    this.child = spawn(process.execPath, [...F9, ...argv], {
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
