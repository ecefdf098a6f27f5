import { isFileBackendError } from '@f9/core';
import { baseName } from '@f9/core/driver';
import type { Command } from 'commander';
import type { Context } from '../context.ts';
import type { Invoke } from '../invoke.ts';
import { editText } from '../terminal/editor.ts';
import { withExamples } from '../terminal/help.ts';
import { visibleLine } from '../terminal/text.ts';
import type { Place } from '../vaults/vaults.ts';

export function addEdit(program: Command, invoke: Invoke): void {
  const command = program
    .command('edit')
    .summary('change a text file in an editor')
    .description(
      'Open a text file in $VISUAL or $EDITOR, and write what was saved. A file that is not there is made. Where somebody else changed the ' +
        'file meanwhile nothing is overwritten, and what was written is kept aside.',
    )
    .argument('<location>', 'a file')
    .action(
      invoke('edit', async (context, location: string) =>
        context.each([location], 'entry', (place) => edit(context, place)),
      ),
    );
  withExamples(command, [['f9 edit notes:today.md', 'in $VISUAL or $EDITOR, else vi']]);
}

async function edit(context: Context, { backend, path, nameOf }: Place): Promise<void> {
  const { io, signal, output } = context;
  const before = await existing({ backend, path }, signal);
  const text = await editText(before?.text ?? '', baseName(path), io.env, signal);
  const location = nameOf(path);
  if (text === (before?.text ?? '')) {
    await output.item({ location, changed: false }, `${visibleLine(location)}: not changed`);
    return;
  }
  try {
    const info =
      before === undefined
        ? await backend.create(path, { data: text, signal })
        : await backend.update(path, { data: text, signal, ...ifMatch(before) });
    await output.item({ location, changed: true, ...info.toJSON() }, `${visibleLine(location)}: written`);
  } catch (error) {
    await context.keep(text, baseName(path));
    throw error;
  }
}

interface Existing {
  readonly text: string;
  /** The etag; `undefined` where the vault has none, so that the last writer wins. */
  readonly etag: string | undefined;
}

function ifMatch({ etag }: Existing): { readonly ifMatch?: string } {
  return etag === undefined ? {} : { ifMatch: etag };
}

/** The text and its version, read again if it changed in between; `undefined` where there is no file. */
async function existing(
  { backend, path }: Pick<Place, 'backend' | 'path'>,
  signal: AbortSignal,
): Promise<Existing | undefined> {
  try {
    for (;;) {
      const { etag } = await backend.info(path, { signal });
      const text = await backend.read(path, { binary: false, signal });
      const after = await backend.info(path, { signal });
      if (after.etag === etag) return { text, etag };
    }
  } catch (error) {
    if (isFileBackendError(error, 'NOT_FOUND')) return undefined;
    throw error;
  }
}
