import { type Command, CommanderError } from 'commander';
import { Context, type GlobalOptions } from './context.ts';
import type { Invoke } from './invoke.ts';
import { buildProgram } from './program.ts';
import { complain } from './terminal/complain.ts';
import { UsageError } from './terminal/errors.ts';
import { EXIT } from './terminal/exit-codes.ts';
import { type Io, Stopped, type Terminal } from './terminal/io.ts';
import { ownVersion } from './terminal/package-version.ts';
import { configPath } from './vaults/config.ts';

/**
 * Runs the command once: `run(['ls', 'notes:'], io)`.
 *
 * @returns the exit code; nothing is thrown
 */
export async function run(argv: readonly string[], world: Io): Promise<number> {
  const outputFailure = new AbortController();
  world.stdout.on('error', ({ code }: NodeJS.ErrnoException) => {
    const exitCode = code === 'EPIPE' ? EXIT.brokenPipe : EXIT.failed;
    outputFailure.abort(new Stopped(`standard output cannot be written (${code})`, exitCode));
  });
  // Nobody is left to be told.
  world.stderr.on('error', () => undefined);
  const io: Io = { ...world, signal: AbortSignal.any([world.signal, outputFailure.signal]) };

  let exitCode: number = EXIT.ok;
  let running: string | undefined;
  const invoke: Invoke =
    (verb, body) =>
    async (...args) => {
      running = verb;
      const options = program.opts<GlobalOptions>();
      await using context = new Context(verb, io, configPath(options.config, io), options);
      exitCode = await body(context, ...args);
    };
  const program = buildProgram(io, invoke);
  try {
    // Not an option of the program: commander would take a verb's option for it, as in f9 cat --version.
    if (argv[0] === '--version' || argv[0] === '-V') world.stdout.write(`${ownVersion()}\n`);
    else await program.parseAsync(meantBy(argv, program), { from: 'user' });
    await written(world.stdout);
    outputFailure.signal.throwIfAborted();
    return exitCode;
  } catch (thrown) {
    // The reason of an abort counts, whatever error it caused.
    await written(world.stdout);
    const error = io.signal.aborted ? io.signal.reason : thrown;
    if (error instanceof CommanderError && error.exitCode === 0) return EXIT.ok;
    // Without a verb, its help was shown instead.
    if (error instanceof CommanderError && error.code === 'commander.help') return EXIT.usage;
    const json = argv.includes('--json');
    if (error instanceof Stopped && error.exitCode === EXIT.brokenPipe) return EXIT.brokenPipe;
    const known = error instanceof CommanderError ? usageErrorOf(error) : error;
    return complain(io, known, { verb: running, json }).exitCode;
  }
}

/** The command line that `help` stands for: `help mirror` is `mirror --help`, and `help mirorr` names no verb. */
function meantBy(argv: readonly string[], program: Command): readonly string[] {
  const [first, verb, ...rest] = argv;
  if (first !== 'help' || verb === undefined || verb.startsWith('-')) return argv;
  const isKnown = program.commands.some((command) => command.name() === verb);
  return isKnown ? [verb, ...rest, '--help'] : [verb];
}

/** Waits until all output has been written, or cannot be. */
async function written(stream: Terminal): Promise<void> {
  if (stream.destroyed) return;
  await new Promise<void>((resolve) => stream.write('', () => resolve()));
}

/** Commander's error, without text that the arguments may give away: a password may follow a colon or a "=". */
function usageErrorOf({ code, message }: CommanderError): UsageError {
  const rest = code === 'commander.excessArguments' ? '' : "…'";
  const text = message
    .replace(/^error: /, '')
    .replace(/[:=].*/s, rest)
    .replace('\n', ' ')
    .replace(/\.$/, '');
  return new UsageError(`${text}; see --help`);
}
