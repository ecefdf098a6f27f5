import { run } from './run.ts';
import { EXIT } from './terminal/exit-codes.ts';
import { Stopped } from './terminal/io.ts';

const STOPPED_BY = { SIGINT: EXIT.interrupted, SIGTERM: EXIT.terminated, SIGHUP: EXIT.hangup } as const;

/** Runs the command as this process. */
export async function main(): Promise<void> {
  const controller = new AbortController();
  for (const [signal, exitCode] of Object.entries(STOPPED_BY)) {
    process.on(signal, () => {
      // A second signal ends the process without waiting for the cleaning up.
      if (controller.signal.aborted) process.exit(exitCode);
      controller.abort(
        new Stopped('stopped; what was finished is whole, and the same command can be run again', exitCode),
      );
    });
  }
  process.exitCode = await run(process.argv.slice(2), {
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    env: process.env,
    cwd: process.cwd(),
    signal: controller.signal,
  });
  // Standard input may stay open at its other end.
  process.stdin.destroy();
}
