import { CHECKSUM_ALGORITHMS, type ChecksumAlgorithm } from '@f9/core';
import { type Command, Option } from 'commander';
import type { Invoke } from '../invoke.ts';
import { withExamples } from '../terminal/help.ts';
import { checksumLine } from '../terminal/text.ts';

interface ChecksumOptions {
  readonly algorithm: ChecksumAlgorithm;
}

export function addChecksum(program: Command, invoke: Invoke): void {
  const command = program
    .command('checksum')
    .summary('compute checksums of files')
    .description('Print the checksums of files, in the form that sha256sum and its kin read.')
    .argument('<location...>', 'files')
    .addOption(
      new Option('-a, --algorithm <name>', 'which checksum').choices(CHECKSUM_ALGORITHMS).default('sha256'),
    )
    .action(
      invoke('checksum', async (context, locations: string[], { algorithm }: ChecksumOptions) => {
        const { output, signal } = context;
        return await context.each(locations, 'entry', async ({ backend, path, nameOf }) => {
          const checksum = await backend.checksum(path, { algorithm, signal });
          const location = nameOf(path);
          await output.item({ location, path, algorithm, checksum }, checksumLine(checksum, location));
        });
      }),
    );
  withExamples(command, [
    ['f9 checksum notes:today.md', 'sha256'],
    ['f9 checksum -a blake3 notes:a.bin ./a.bin', 'whether two files are the same, wherever they are'],
  ]);
}
