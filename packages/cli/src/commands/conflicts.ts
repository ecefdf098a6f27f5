import type { SyncConflict } from '@f9/core';
import { backendError } from '@f9/core/driver';
import { type Command, Option } from 'commander';
import { describeConflict, readSides, STATUS_WORDS } from '../conflicts/conflict-text.ts';
import {
  acceptSide,
  type Quarrel,
  resolveInEditor,
  resolveWith,
  type Side,
} from '../conflicts/settle-conflict.ts';
import type { Context } from '../context.ts';
import type { Invoke } from '../invoke.ts';
import { UsageError } from '../terminal/errors.ts';
import { EXIT } from '../terminal/exit-codes.ts';
import { withExamples } from '../terminal/help.ts';
import { visibleLine } from '../terminal/text.ts';
import { contentAsJson } from '../vaults/file-content.ts';
import { remoteOf } from '../vaults/remote-of.ts';
import type { Place } from '../vaults/vaults.ts';

interface ConflictsOptions {
  readonly accept?: Side;
  readonly all?: boolean;
  readonly edit?: boolean;
  readonly stdin?: boolean;
}

export function addConflicts(program: Command, invoke: Invoke): void {
  const command = program
    .command('conflicts')
    .summary('list, show and settle conflicts')
    .description(
      'List the conflicts of a vault, show one of them as diffs, or settle it. Nothing changes for readers until a conflict is settled; ' +
        'once all are, f9 push publishes what was decided.',
    )
    .argument('<location>', 'a vault, to list; a file in it, to show or settle its conflict')
    .addOption(
      new Option(
        '-a, --accept <side>',
        "keep this vault's version, the remote's, or both, the remote's beside",
      ).choices(['local', 'remote', 'both']),
    )
    .option('--all', 'with --accept: settle every conflict of the vault')
    .addOption(new Option('-e, --edit', 'settle it in $VISUAL or $EDITOR').conflicts(['accept', 'stdin']))
    .addOption(new Option('--stdin', 'settle it with what standard input holds').conflicts('accept'))
    .action(
      invoke('conflicts', (context, location: string, options: ConflictsOptions) =>
        context.at(location, 'entry', (place) =>
          place.path === '/' ? ofVault(context, place, options) : ofFile(context, place, options),
        ),
      ),
    );
  withExamples(command, [
    ['f9 conflicts notes:', 'list them; exit code 3 where there are any'],
    ['f9 conflicts notes:a.md', 'show what each side did'],
    ['f9 conflicts notes:a.md --accept remote', "take the remote's version"],
    ['f9 conflicts notes: --accept local --all', 'keep all of your own'],
    ['f9 conflicts notes:a.md --edit', 'join both by hand'],
    ['f9 conflicts notes:a.md --stdin < a.md', 'settle it with a text from elsewhere'],
  ]);
}

async function ofVault(
  context: Context,
  place: Place,
  { accept, all = false, edit = false, stdin = false }: ConflictsOptions,
): Promise<number> {
  const backend = remoteOf(place.backend);
  if (edit || stdin || (accept !== undefined && !all)) {
    throw new UsageError('which conflict? Name its file, or with --accept say --all');
  }
  const conflicts = await backend.conflictReport({ signal: context.signal });
  if (accept === undefined) return await list(context, place, conflicts);
  for (const conflict of conflicts) await acceptSide(context, { conflict, backend, place }, accept);
  return EXIT.ok;
}

async function list(
  { output }: Context,
  { nameOf }: Place,
  conflicts: readonly SyncConflict[],
): Promise<number> {
  const width = Math.max(0, ...conflicts.map(({ status }) => STATUS_WORDS[status].length));
  for (const { path, status, kind, paths } of conflicts) {
    const location = nameOf(path);
    const words = output.colors.yellow(STATUS_WORDS[status].padEnd(width));
    await output.item(
      { location, path, status, kind, paths },
      `${words}  ${visibleLine(location)}  ${output.colors.dim(kind)}`,
    );
  }
  return conflicts.length === 0 ? EXIT.ok : EXIT.conflicts;
}

async function ofFile(
  context: Context,
  place: Place,
  { accept, edit = false, stdin = false }: ConflictsOptions,
): Promise<number> {
  const backend = remoteOf(place.backend);
  const conflicts = await backend.conflictReport({ signal: context.signal });
  const conflict = conflicts.find(({ path, paths }) => path === place.path || paths.includes(place.path));
  if (conflict === undefined) {
    throw backendError('NOT_FOUND', `No conflict stands at ${JSON.stringify(place.path)}`, {
      path: place.path,
    });
  }
  const quarrel: Quarrel = { conflict, backend, place };
  if (accept !== undefined) await acceptSide(context, quarrel, accept);
  else if (edit) await resolveInEditor(context, quarrel);
  else if (stdin) await resolveWith(context, quarrel, context.io.stdin);
  else await show(context, quarrel);
  return EXIT.ok;
}

async function show({ output }: Context, { conflict, place }: Quarrel): Promise<void> {
  const { path, status, kind, paths } = conflict;
  const sides = await readSides(conflict);
  const contents = Object.entries(sides).map(([side, bytes]) => [side, bytes ? contentAsJson(bytes) : null]);
  await output.item(
    { location: place.nameOf(path), path, status, kind, paths, ...Object.fromEntries(contents) },
    describeConflict(conflict, sides, output.colors),
  );
}
