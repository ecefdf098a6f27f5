import { isSyncFileBackend } from '@f9/core';
import type { Command } from 'commander';
import type { Context } from '../context.ts';
import type { Invoke } from '../invoke.ts';
import { UsageError } from '../terminal/errors.ts';
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
      invoke('sync', async (context, locations: string[], options: SyncOptions) => {
        await assertMeant(context, locations);
        return await inStep(context, locations, 'synced', (backend) =>
          backend.sync({ ...options, signal: context.signal }),
        );
      }),
    );
  withExamples(command, [['f9 sync notes: work:', 'two vaults, one after the other']]);
}

/**
 * Refuses a pair of vaults of which one has no remote: people who write that often mean a mirror. @throws `UsageError` before
 * anything is published
 */
async function assertMeant({ vaults }: Context, locations: readonly string[]): Promise<void> {
  const [from, to, ...more] = locations;
  if (from === undefined || to === undefined || more.length > 0) return;
  for (const location of [from, to]) {
    const { backend, nameOf } = await vaults.open(location, 'new tree');
    if (isSyncFileBackend(backend)) continue;
    const [source, target] = [await vaults.shown(from), await vaults.shown(to)];
    throw new UsageError(
      `sync pulls and pushes vaults that have a remote, and ${nameOf('/')} has none; did you mean f9 mirror ${source} ${target}? Nothing was published`,
    );
  }
}
