import type { Command } from 'commander';
import { candidatesFor, FILES } from '../completion/candidates.ts';
import { isInVault, pathsInVault } from '../completion/paths.ts';
import type { Invoke } from '../invoke.ts';
import { EXIT } from '../terminal/exit-codes.ts';

/** Adds the verb that completion scripts call; it is not for people. */
export function addComplete(program: Command, invoke: Invoke): void {
  program
    .command('complete', { hidden: true })
    .argument('[word...]', 'the words of the command line so far; the last one is to be completed')
    .action(
      invoke('complete', async ({ vaults, output }, words: string[]) => {
        const names = Object.keys((await vaults.config()).vaults);
        const word = words.at(-1) ?? '';
        const found = candidatesFor(program, words, names);
        const inVault = found.includes(FILES) && isInVault(word);
        for (const candidate of inVault ? await pathsInVault(word, vaults) : found) {
          await output.item({ candidate }, candidate);
        }
        return EXIT.ok;
      }),
    );
}
