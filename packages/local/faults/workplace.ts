import { type ChildProcess, execFileSync, type SpawnOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import type { Dying } from './children/dying.ts';
import type { DeadProcesses } from './operations.ts';
import { Shim } from './shim.ts';

/** How a process ended. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly output: string;
  readonly errors: string;
}

/** A folder for everything that a run makes, gone at its end, and the way to start other processes from there. */
export class Workplace implements Disposable {
  /** Its real path. */
  readonly folder: string;
  readonly #compiled: string;
  #count = 0;
  #library: string | undefined;
  #dead: Promise<DeadProcesses> | undefined;

  constructor() {
    this.folder = fs.realpathSync(fs.mkdtempSync(join(tmpdir(), 'f9-faults-')));
    this.#compiled = process.env.NODE_COMPILE_CACHE ?? join(this.folder, 'compiled');
  }

  /** A new empty folder. */
  newFolder(): string {
    const folder = join(this.folder, `${this.#count++}`);
    fs.mkdirSync(folder);
    return folder;
  }

  newShim(): Shim {
    return new Shim(join(this.folder, `shim-${this.#count++}`));
  }

  /** A variable set that makes a process start under the shim, which watches the calls that touch `folder`. */
  underShim(shim: Shim, folder: string): NodeJS.ProcessEnv {
    this.#library ??= compileShim(this.folder);
    // libuv would pass some calls through io_uring, unseen.
    return {
      LD_PRELOAD: this.#library,
      F9_FAULTS_SHARED: shim.path,
      F9_FAULTS_SCOPE: folder,
      UV_USE_IO_URING: '0',
    };
  }

  /** How to start one of the programs in `children`: its arguments, and what its environment has to hold. */
  command(child: string, ...args: readonly unknown[]): { args: string[]; env: NodeJS.ProcessEnv } {
    const script = fileURLToPath(new URL(`children/${child}.ts`, import.meta.url));
    return {
      args: ['--conditions=@f9/source', script, ...args.map((arg) => JSON.stringify(arg))],
      env: { ...process.env, NODE_OPTIONS: '', NODE_COMPILE_CACHE: this.#compiled },
    };
  }

  /** Runs one of the programs in `children` to its end. */
  async run(child: string, args: readonly unknown[], env: NodeJS.ProcessEnv = {}): Promise<Ended> {
    const command = this.command(child, ...args);
    return await runProcess(process.execPath, command.args, { env: { ...command.env, ...env } });
  }

  /** Vaults as processes left them that were killed. */
  deadProcesses(): Promise<DeadProcesses> {
    this.#dead ??= this.#killProcesses();
    return this.#dead;
  }

  async #killProcesses(): Promise<DeadProcesses> {
    const [atFile, inSession, atPath] = [this.newFolder(), this.newFolder(), this.newFolder()];
    const deaths: [string, Dying][] = [
      [atFile, 'at a file'],
      [inSession, 'in a session'],
      [atPath, 'at a path'],
    ];
    for (const [root, when] of deaths) {
      const { signal, errors } = await this.run('dying', [root, when]);
      if (signal !== 'SIGKILL') throw new Error(`A process was to die ${when}: ${errors}`);
    }
    return { atFile, inSession, atPath };
  }

  [Symbol.dispose](): void {
    fs.rmSync(this.folder, { recursive: true, force: true });
  }
}

export async function runProcess(
  program: string,
  args: readonly string[],
  options: SpawnOptions,
): Promise<Ended> {
  const child = spawn(program, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
  const [output, errors, [code, signal]] = await Promise.all([
    text(child.stdout!),
    text(child.stderr!),
    once(child, 'close'),
  ]);
  return { code, signal, output, errors };
}

/** Waits until a process says something, or ends. */
export async function firstWordOf(child: ChildProcess): Promise<void> {
  await Promise.race([once(child.stdout!, 'data'), once(child, 'exit')]);
}

/** What a process printed: a value a line. @throws if it did not end well */
export function linesOf<T>({ code, signal, output, errors }: Ended): T[] {
  if (code !== 0) throw new Error(`The process ended with ${code ?? signal}:\n${output}${errors}`);
  return output
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as T);
}

function compileShim(folder: string): string {
  const shim = join(folder, 'shim.so');
  const source = fileURLToPath(new URL('shim.c', import.meta.url));
  execFileSync('cc', ['-shared', '-fPIC', '-O1', '-o', shim, source, '-ldl'], { stdio: 'inherit' });
  return shim;
}
