import type { FileBackend } from '@f9/core';
import type { Command } from 'commander';
import type { Context } from '../context.ts';
import type { Invoke } from '../invoke.ts';
import { withExamples } from '../terminal/help.ts';
import { importOptional } from '../terminal/optional-package.ts';

export function addMcp(program: Command, invoke: Invoke): void {
  const command = program
    .command('mcp')
    .summary('serve vaults to agents by MCP')
    .description(
      'Serve vaults to an agent by the Model Context Protocol, on standard input and output, until the client leaves. Needs the package @f9/mcp.',
    )
    .argument('[arguments...]', 'folders, URIs or names of vaults, and options of the server')
    .allowUnknownOption()
    .action(
      invoke('mcp', async (context, words: string[]) => {
        const { runMcpCommand } = await importOptional('@f9/mcp', () => import('@f9/mcp/command'));
        const { io, signal } = context;
        return await runMcpCommand(words, {
          environment: io.env,
          print: (text) => void io.stdout.write(text),
          log: (text) => void io.stderr.write(text),
          signal,
          findVault: (name) => namedVault(context, name),
        });
      }),
    );
  withExamples(
    command,
    [
      ['f9 mcp notes:', 'one vault of the config file'],
      ['f9 mcp ./docs notes:', 'several, as one tree'],
    ],
    'All options of the server: f9 mcp -- --help',
  );
}

async function namedVault({ vaults }: Context, text: string): Promise<FileBackend | undefined> {
  const name = text.replace(/:$/, '');
  const { vaults: known } = await vaults.config();
  return Object.hasOwn(known, name) ? (await vaults.open(`${name}:`)).backend : undefined;
}
