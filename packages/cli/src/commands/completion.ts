import { Argument, type Command } from 'commander';
import { completionScript, SHELLS, type Shell } from '../completion/scripts.ts';
import type { Invoke } from '../invoke.ts';
import { EXIT } from '../terminal/exit-codes.ts';
import { withExamples } from '../terminal/help.ts';

export function addCompletion(program: Command, invoke: Invoke): void {
  const command = program
    .command('completion')
    .summary('complete f9 in your shell')
    .description('Print a script that makes a shell complete verbs, options, values, and names of vaults.')
    .addArgument(new Argument('<shell>').choices(SHELLS))
    .action(
      invoke('completion', async ({ output }, shell: Shell) => {
        const script = completionScript(shell);
        await output.item({ shell, script }, script.trimEnd());
        return EXIT.ok;
      }),
    );
  withExamples(command, [
    ['source <(f9 completion bash)', 'in ~/.bashrc'],
    ['source <(f9 completion zsh)', 'in ~/.zshrc, after compinit'],
    ['f9 completion fish > ~/.config/fish/completions/f9.fish', 'once'],
  ]);
}
