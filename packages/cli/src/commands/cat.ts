import type { Command } from 'commander';
import type { Invoke } from '../invoke.ts';
import { withExamples } from '../terminal/help.ts';
import { contentAsJson } from '../vaults/file-content.ts';

/** Bytes read at a time. */
const CHUNK_SIZE = 64 * 1024;

interface CatOptions {
  readonly version?: string;
}

export function addCat(program: Command, invoke: Invoke): void {
  const command = program
    .command('cat')
    .summary('print files')
    .description('Print files to standard output, byte by byte as they are.')
    .argument('<location...>', 'files')
    .option(
      '--version <version>',
      'as they were in this version (see: f9 log); only where the vault keeps versions',
    )
    .action(
      invoke('cat', async (context, locations: string[], { version }: CatOptions) => {
        const { output, signal } = context;
        return await context.each(locations, 'entry', async ({ backend, path, nameOf }) => {
          if (output.json) {
            const bytes = await backend.read(path, { signal, version });
            await output.item({
              location: nameOf(path),
              path,
              size: bytes.length,
              ...contentAsJson(bytes),
            });
            return;
          }
          for await (const chunk of backend.streamRead(path, { chunkSize: CHUNK_SIZE, signal, version })) {
            await output.write(chunk);
          }
        });
      }),
    );
  withExamples(
    command,
    [
      ['f9 cat notes:today.md', 'one file'],
      ['f9 cat notes:today.md --version 1a2b3c4d5e', 'as it was then'],
      ['f9 cat notes:photo.jpg > photo.jpg', 'a binary one'],
      ["f9 cat 'openai+vector://vs_123#today.md'", 'a file in a vector store'],
    ],
    'With --json each file is one document: its text as "text", or, where it is not UTF-8, its bytes as "base64".',
  );
}
