import type { Command } from 'commander';
import type { Invoke } from '../invoke.ts';
import { withExamples } from '../terminal/help.ts';
import { inStep } from '../transfer/in-step.ts';

export function addPull(program: Command, invoke: Invoke): void {
  const command = program
    .command('pull')
    .summary("bring in the remote's changes")
    .description(
      "Bring the remote's changes into vaults that have one. Changes that both sides made become conflicts.",
    )
    .argument('<location...>', 'vaults')
    .action(
      invoke('pull', (context, locations: string[]) =>
        inStep(context, locations, 'pulled', (backend) => backend.pull({ signal: context.signal })),
      ),
    );
  withExamples(command, [['f9 pull notes:', 'exit code 3 says that there are conflicts']]);
}
