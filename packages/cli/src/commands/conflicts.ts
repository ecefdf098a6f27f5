import { backendError, baseName, type SyncConflict, type SyncFileBackend } from '@f9/core';
import { type Command, Option } from 'commander';
import {
  describeConflict,
  hasMarkers,
  mergeWithMarkers,
  readSides,
  type Sides,
  STATUS_WORDS,
  textOf,
} from '../conflict-text.ts';
import type { Context } from '../context.ts';
import { editText } from '../editor.ts';
import { UsageError } from '../errors.ts';
import { EXIT } from '../exit-codes.ts';
import { withExamples } from '../help.ts';
import { remoteOf } from '../remote-of.ts';
import type { Invoke } from '../run.ts';
import { visibleLine } from '../terminal-text.ts';
import type { Place } from '../vaults.ts';

type Side = 'local' | 'remote' | 'both';

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
      invoke('conflicts', async (context, location: string, options: ConflictsOptions) => {
        const { accept, all = false, edit = false, stdin = false } = options;
        return await context.at(location, 'entry', async (place) => {
          const backend = remoteOf(place.backend);
          const conflicts = await backend.conflictReport({ signal: context.signal });
          if (place.path === '/') {
            if (accept !== undefined && all)
              return await acceptAll(context, place, backend, conflicts, accept);
            if (accept !== undefined || edit || stdin) {
              throw new UsageError('which conflict? Name its file, or with --accept say --all');
            }
            return await list(context, place, conflicts);
          }
          const conflict = conflicts.find(
            ({ path, paths }) => path === place.path || paths.includes(place.path),
          );
          if (conflict === undefined) {
            throw backendError('NOT_FOUND', `No conflict stands at ${JSON.stringify(place.path)}`, {
              path: place.path,
            });
          }
          if (accept !== undefined) return await settle(context, place, backend, conflict, accept);
          if (edit)
            return await resolveWith(context, place, backend, conflict, await edited(context, conflict));
          if (stdin) return await resolveWith(context, place, backend, conflict, context.io.stdin);
          return await show(context, place, conflict);
        });
      }),
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

async function list(
  context: Context,
  { nameOf }: Place,
  conflicts: readonly SyncConflict[],
): Promise<number> {
  const { output } = context;
  const width = Math.max(0, ...conflicts.map(({ status }) => STATUS_WORDS[status].length));
  for (const { path, status, kind, paths } of conflicts) {
    await output.item(
      { location: nameOf(path), path, status, kind, paths },
      `${output.colors.yellow(STATUS_WORDS[status].padEnd(width))}  ${visibleLine(nameOf(path))}  ${output.colors.dim(kind)}`,
    );
  }
  return conflicts.length === 0 ? EXIT.ok : EXIT.conflicts;
}

async function show({ output }: Context, { nameOf }: Place, conflict: SyncConflict): Promise<number> {
  const { path, status, kind, paths } = conflict;
  const sides = await readSides(conflict);
  const { base, local, remote } = {
    base: asJson(sides.base),
    local: asJson(sides.local),
    remote: asJson(sides.remote),
  };
  await output.item(
    { location: nameOf(path), path, status, kind, paths, base, local, remote },
    describeConflict(conflict, sides, output.colors),
  );
  return EXIT.ok;
}

/** `null` for a side that does not have the file. */
function asJson(
  bytes: Uint8Array | undefined,
): { readonly text: string } | { readonly base64: string } | null {
  const text = textOf(bytes);
  if (bytes === undefined || text === undefined) return null;
  return text === null ? { base64: Buffer.from(bytes).toString('base64') } : { text };
}

async function acceptAll(
  context: Context,
  place: Place,
  backend: SyncFileBackend,
  conflicts: readonly SyncConflict[],
  side: Side,
): Promise<number> {
  for (const conflict of conflicts) await settle(context, place, backend, conflict, side);
  return EXIT.ok;
}

async function settle(
  { output, signal }: Context,
  { nameOf }: Place,
  backend: SyncFileBackend,
  { path }: SyncConflict,
  side: Side,
): Promise<number> {
  if (side === 'local') await backend.conflictAcceptLocal(path, { signal });
  else if (side === 'remote') await backend.conflictAcceptRemote(path, { signal });
  else await backend.conflictKeepBoth(path, { signal });
  await output.item({ location: nameOf(path), path, accepted: side }, `${nameOf(path)}: ${side} kept`);
  return EXIT.ok;
}

async function resolveWith(
  { output, signal }: Context,
  { nameOf }: Place,
  backend: SyncFileBackend,
  { path }: SyncConflict,
  data: string | AsyncIterable<Uint8Array>,
): Promise<number> {
  await backend.conflictResolve(path, { data, signal });
  await output.item({ location: nameOf(path), path, resolved: true }, `${nameOf(path)}: resolved`);
  return EXIT.ok;
}

async function edited({ io, signal }: Context, conflict: SyncConflict): Promise<string> {
  const texts = textSides(conflict, await readSides(conflict));
  const text = await editText(mergeWithMarkers(texts), baseName(conflict.path), io.env, signal);
  if (hasMarkers(text)) {
    throw new UsageError('the text still holds conflict markers (<<<<<<<, >>>>>>>); nothing was changed');
  }
  return text;
}

function textSides({ path }: SyncConflict, sides: Sides): { base: string; local: string; remote: string } {
  const [base, local, remote] = [textOf(sides.base), textOf(sides.local), textOf(sides.remote)];
  if (base === null || local === null || remote === null) {
    throw new UsageError(`${JSON.stringify(path)} is not text; choose a side with --accept`);
  }
  return { base: base ?? '', local: local ?? '', remote: remote ?? '' };
}
