import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';
import { median } from './harness.ts';

/** A command that does a job in processes of its own. */
export interface Command {
  readonly command: readonly [program: string, ...args: string[]];
  readonly cwd?: string;
  readonly environment?: NodeJS.ProcessEnv;
  /** What must be so before each run; not measured. */
  before?(): Promise<void> | void;
}

/** Seconds that a command took: on the clock, and of the processors, by it and all that it started and waited for. */
export interface CommandTimes {
  readonly elapsed: number;
  readonly processor: number;
}

/** Runs every command once per round, in an order that changes from round to round. @returns the medians */
export async function timeCommands<Name extends string>(
  commands: Readonly<Record<Name, Command>>,
  rounds: number,
): Promise<Record<Name, CommandTimes>> {
  const entries = Object.entries<Command>(commands);
  const times = new Map<string, CommandTimes[]>(entries.map(([name]) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (let i = 0; i < entries.length; i++) {
      const [name, command] = entries[(i + round) % entries.length]!;
      await command.before?.();
      times.get(name)!.push(await timeCommand(command));
    }
  }
  const middle = (name: string, of: keyof CommandTimes): number =>
    median(times.get(name)!.map((each) => each[of]));
  return Object.fromEntries(
    entries.map(([name]) => [
      name,
      { elapsed: middle(name, 'elapsed'), processor: middle(name, 'processor') },
    ]),
  ) as Record<Name, CommandTimes>;
}

/** The shell's own clock: Node does not tell what a process that it waited for has used. */
const TIMED = 'TIMEFORMAT="%R %U %S"; time "$@" >/dev/null';

async function timeCommand({ command, cwd, environment }: Command): Promise<CommandTimes> {
  const child = spawn('bash', ['-c', TIMED, 'bash', ...command], {
    cwd,
    env: environment ?? process.env,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const [said, [code]] = await Promise.all([text(child.stderr), once(child, 'exit')]);
  if (code !== 0) throw new Error(`${command.join(' ')} ended with ${code}: ${said}`);
  const [elapsed, user, system] = said.trim().split('\n').at(-1)!.split(' ').map(Number);
  return { elapsed: elapsed!, processor: user! + system! };
}

/** A program of its own over what is built, as people run it. Names of packages that it uses stand before `body`: `{ local: 'LocalFileBackend' }`. */
export function program(imports: Readonly<Record<string, string>>, body: string): Command['command'] {
  const lines = Object.entries(imports).map(([name, names]) => {
    const built = pathToFileURL(join(import.meta.dirname, '../packages', name, 'dist/index.js'));
    return `import { ${names} } from ${JSON.stringify(built.href)};`;
  });
  return [process.execPath, '--input-type=module', '-e', [...lines, body].join('\n')];
}
