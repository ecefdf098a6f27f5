import { backendError } from '@f9/core/driver';
import type { Command } from 'commander';
import type { Context } from '../context.ts';
import type { Invoke } from '../invoke.ts';
import { withExamples } from '../terminal/help.ts';
import { visibleLine } from '../terminal/text.ts';
import { inStep } from '../transfer/in-step.ts';
import { canDo } from '../vaults/git-only.ts';
import { remoteOf } from '../vaults/remote-of.ts';

interface PullOptions {
  readonly takeRemote?: boolean;
}

export function addPull(program: Command, invoke: Invoke): void {
  const command = program
    .command('pull')
    .summary("bring in the remote's changes")
    .description(
      "Bring the remote's changes into vaults that have one. Changes that both sides made become conflicts.",
    )
    .argument('<location...>', 'vaults')
    .option(
      '--take-remote',
      'take the remote as it is now, also after its history was rewritten; what only this vault has is kept aside',
    )
    .action(
      invoke('pull', (context, locations: string[], { takeRemote = false }: PullOptions) =>
        takeRemote
          ? takeRemotes(context, locations)
          : inStep(context, locations, 'pulled', (backend) => backend.pull({ signal: context.signal })),
      ),
    );
  withExamples(command, [
    ['f9 pull notes:', 'exit code 3 says that there are conflicts'],
    ['f9 pull --take-remote notes:', 'after a force-push; says where what was here is kept'],
  ]);
}

async function takeRemotes(context: Context, locations: readonly string[]): Promise<number> {
  const { output, signal } = context;
  return await context.each(locations, 'tree', async ({ backend, nameOf }) => {
    const vault = remoteOf(backend);
    if (!canDo(vault, 'abandonLocalChanges')) {
      throw backendError('UNSUPPORTED', `The ${vault.name} backend cannot take its remote as it is`);
    }
    const ref = await vault.abandonLocalChanges({ signal });
    const root = nameOf('/');
    const kept =
      ref === undefined ? 'nothing was here alone' : `what was here alone is kept as ${visibleLine(ref)}`;
    await output.item(
      { location: root, tookRemote: true, kept: ref },
      `${root} took the remote as it is; ${kept}`,
    );
  });
}
