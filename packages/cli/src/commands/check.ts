import { compareVaults } from '@f9/core';
import type { Command } from 'commander';
import { reportOffline } from '../freshness/offline.ts';
import { withPulled } from '../freshness/pulled.ts';
import type { Invoke } from '../invoke.ts';
import { treeOf } from '../mirror/once.ts';
import { listSkipped } from '../mirror/report.ts';
import { addSelectionOptions, type SelectionOptions, selectionOf } from '../mirror/selection.ts';
import { complaintOf } from '../terminal/errors.ts';
import { EXIT } from '../terminal/exit-codes.ts';
import { withExamples } from '../terminal/help.ts';
import { formatCount, visibleLine } from '../terminal/text.ts';

interface Options extends SelectionOptions {
  readonly pull: boolean;
  readonly offlineOk?: boolean;
}

export function addCheck(program: Command, invoke: Invoke): void {
  const command = program
    .command('check')
    .summary('tell whether one vault is the same as another')
    .description(
      'Tell how the files of two vaults differ, changing neither. A source that has a remote is pulled once first. Exit code 0 says that ' +
        'the target is in step with the source, 1 that it is not.',
    )
    .argument('<source>', 'where the files are')
    .argument('<target>', 'where they should be')
    .option('--no-pull', 'do not ask the remote of the source')
    .option('--offline-ok', 'where the remote cannot be reached, what was pulled last is good enough');
  addSelectionOptions(command).action(
    invoke(
      'check',
      async (context, from: string, to: string, { pull, offlineOk = false, ...selection }: Options) => {
        const { output, signal, vaults, io } = context;
        return await context.attempt([from, to], async () => {
          const source = await vaults.open(from, 'tree');
          const target = await vaults.open(to, 'tree');
          const select = await selectionOf(selection, io);
          const { result, freshness } = await withPulled(context, source, { pull }, async (backend) => {
            const tree = treeOf({ ...source, backend });
            const options = { ...(await select(tree)), signal };
            return await context.patiently(target, () => compareVaults(tree, treeOf(target), options));
          });
          const { inStep, missing, differing, extra, same, skipped, failed } = result;
          const { version, offline, askedAt } = freshness;
          if (output.json) {
            const failures = failed.map(({ path, error }) => ({ path, ...complaintOf(error, 'check') }));
            const differences = { missing, differing, extra, same, skipped, failed: failures };
            await output.item({ inStep, version, offline: offline !== undefined, askedAt, ...differences });
          } else {
            const { green, yellow, red, dim } = output.colors;
            for (const path of missing)
              await output.write(`${green('+')} ${visibleLine(path)}  ${dim('only the source has it')}\n`);
            for (const { path, reason } of differing)
              await output.write(`${yellow('~')} ${visibleLine(path)}  ${dim(visibleLine(reason))}\n`);
            for (const path of extra)
              await output.write(`${red('-')} ${visibleLine(path)}  ${dim('only the target has it')}\n`);
            await listSkipped(output, skipped);
            for (const { path, error } of failed) context.complain(error, source.nameOf(path));
            const counts = Object.entries({ missing, differing, extra, same, skipped, failed })
              .map(([what, files]) => `${formatCount(files.length)} ${what}`)
              .join(', ');
            await output.write(`${inStep ? 'in step' : 'not in step'}: ${counts}\n`);
          }
          if (reportOffline(context, source, freshness, 'compared', { offlineOk })) return EXIT.tryAgain;
          return inStep ? EXIT.ok : EXIT.failed;
        });
      },
    ),
  );
  withExamples(command, [
    ['f9 check notes: store:', 'whether the vector store is in step with the repository'],
    ['f9 check -c size ./docs backup:docs', 'by sizes alone, without reading'],
  ]);
}
