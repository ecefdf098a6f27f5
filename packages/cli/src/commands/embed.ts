import { backendError } from '@f9/core/driver';
import type { Command } from 'commander';
import type { Invoke } from '../invoke.ts';
import { embeddingOf, embedPending, takesModel } from '../search/embed.ts';
import { searchable } from '../search/searchable.ts';
import { withExamples } from '../terminal/help.ts';
import { plural } from '../terminal/text.ts';

export function addEmbed(program: Command, invoke: Invoke): void {
  const command = program
    .command('embed')
    .summary('let a vault be searched by meaning')
    .description(
      'Give every passage that has none a vector of your model, so that search compares meanings too. Each text is embedded once, wherever ' +
        'it stands. Stopped at any moment, it goes on with the rest. The model is named by F9_EMBEDDINGS (the address of a server with ' +
        '/embeddings) and F9_EMBEDDINGS_MODEL, or by the URI of a sqlite: or postgres: vault.',
    )
    .argument('<location...>', 'vaults')
    .action(
      invoke('embed', async (context, locations: string[]) => {
        return await context.each(locations, 'tree', async (place) => {
          const root = place.nameOf('/');
          await using found = await searchable(context, place);
          const vault = await embeddingOf(found.vault);
          if (vault === undefined) throw noModel(place.backend.name, await takesModel(found.vault));
          const embedded = await embedPending(context, vault);
          const pending = await vault.pendingEmbeddings();
          const left = pending === 0 ? '' : `, ${plural(pending, 'passage')} left`;
          await context.output.item(
            { location: root, embedded, pending },
            `${plural(embedded, 'passage')} embedded in ${root}${left}`,
          );
        });
      }),
    );
  withExamples(command, [
    ['f9 embed notes:', 'again after changes: only what is new'],
    [
      "f9 vaults add index 'sqlite:./notes.db?embeddings=http://127.0.0.1:11434/v1&model=all-minilm'",
      'a vault that knows its model; f9 mirror embeds what it brought',
    ],
  ]);
}

function noModel(backend: string, takes: boolean): Error {
  return backendError(
    'UNSUPPORTED',
    takes
      ? 'There is no model: set F9_EMBEDDINGS=http://127.0.0.1:11434/v1 (or another server with /embeddings) and F9_EMBEDDINGS_MODEL'
      : `The ${backend} backend searches by itself; it takes no model`,
  );
}
