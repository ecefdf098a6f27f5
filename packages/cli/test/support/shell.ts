import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod } from 'node:fs/promises';
import type { Workplace } from './command.ts';
import { F9 } from './spawned.ts';

/** The outcome of a command line. */
export interface Printed {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs command lines as somebody types them: in bash, where `f9` is the real command. */
export class Shell {
  /** Environment of every line. */
  readonly env: Readonly<Record<string, string>>;
  readonly #folder: string;

  private constructor(folder: string, env: Readonly<Record<string, string>>) {
    this.#folder = folder;
    this.env = env;
  }

  /** @param programs scripts by name that are on the path, too */
  static async in(place: Workplace, programs: Readonly<Record<string, string>> = {}): Promise<Shell> {
    const f9 = `#!/bin/sh\nexec ${[process.execPath, ...F9].map((word) => `'${word}'`).join(' ')} "$@"\n`;
    for (const [name, script] of Object.entries({ ...programs, f9 })) {
      await place.write(`bin/${name}`, script);
      await chmod(place.at(`bin/${name}`), 0o755);
    }
    return new Shell(place.path, {
      HOME: place.path,
      PATH: `${place.at('bin')}:${process.env.PATH}`,
      NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? '',
      F9_CONFIG: place.configPath,
    });
  }

  /** Runs a line to its end; servers of this process can answer it meanwhile. */
  async run(line: string, env: Readonly<Record<string, string>> = {}): Promise<Printed> {
    const child = spawn('bash', ['-c', line], { cwd: this.#folder, env: { ...this.env, ...env } });
    const [out, err]: [Buffer[], Buffer[]] = [[], []];
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => err.push(chunk));
    const [code] = (await once(child, 'close')) as [number | null];
    return { code, stdout: Buffer.concat(out).toString(), stderr: Buffer.concat(err).toString() };
  }
}
