import type { Command } from 'commander';
import type { Invoke } from '../invoke.ts';
import { withExamples } from '../terminal/help.ts';
import { inStep } from '../transfer/in-step.ts';

interface PushOptions {
  readonly message?: string;
}

export function addPush(program: Command, invoke: Invoke): void {
  const command = program
    .command('push')
    .summary('publish your changes')
    .description('Commit what changed in vaults that have a remote, and publish it there.')
    .argument('<location...>', 'vaults')
    .option('-m, --message <text>', 'the message of the commit')
    .action(
      invoke('push', (context, locations: string[], options: PushOptions) =>
        inStep(context, locations, 'pushed', (backend) =>
          backend.push({ ...options, signal: context.signal }),
        ),
      ),
    );
  withExamples(command, [["f9 push notes: -m 'Apples'", 'one commit of all that changed']]);
}
