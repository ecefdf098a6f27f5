import type { Command } from 'commander';
import type { Invoke } from '../invoke.ts';
import { withExamples } from '../terminal/help.ts';
import { inStep } from '../transfer/in-step.ts';

interface SyncOptions {
  readonly message?: string;
}

export function addSync(program: Command, invoke: Invoke): void {
  const command = program
    .command('sync')
    .summary('pull, then push')
    .description("Bring in the remote's changes, then publish your own.")
    .argument('<location...>', 'vaults')
    .option('-m, --message <text>', 'the message of the commit')
    .action(
      invoke('sync', (context, locations: string[], options: SyncOptions) =>
        inStep(context, locations, 'synced', (backend) =>
          backend.sync({ ...options, signal: context.signal }),
        ),
      ),
    );
  withExamples(command, [['f9 sync notes: work:', 'two vaults, one after the other']]);
}
