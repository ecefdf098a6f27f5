import { type MirrorResult, mirror, type SyncConflict, type SyncFileBackend } from '@f9/core';
import { backendError } from '@f9/core/driver';
import { textOf } from '@f9/text/files';
import { z } from 'zod';
import type { ToolAnswer } from './answer.ts';
import { cutTo, pageOf } from './bounds.ts';
import { shownPath } from './paths.ts';
import { CHANGES, defineTool, READS, type VaultTool, type Workplace, within } from './tool.ts';

const REMOTE = { readOnly: false, destructive: false, idempotent: true, openWorld: true };

/** Most paths that one list of a mirror's answer names. */
const PATHS_NAMED = 50;

/** Tools for vaults with a remote, and between vaults. */
export function syncingTools(place: Workplace): VaultTool[] {
  return [
    ...(place.remotes.size === 0 ? [] : remoteTools(place)),
    ...(place.parts.size < 2 ? [] : [mirrorTool(place)]),
  ];
}

function remoteTools(place: Workplace): VaultTool[] {
  const vaultName = place.remotes.size === 1 ? {} : { vault: z.enum([...place.remotes.keys()]) };
  return [
    defineTool({
      name: 'sync_vault',
      title: 'Sync with remote',
      description:
        'Bring in what others published, then publish what was changed here. Conflicts are left for you to settle.',
      input: z.object({
        ...vaultName,
        direction: z.enum(['both', 'pull', 'push']).optional(),
        message: z.string().optional(),
      }),
      hints: REMOTE,
      body: async (input, context) => {
        const { direction = 'both', message } = input;
        const remote = remoteOf(place, nameIn(input));
        await context.consent?.(['sync'], `Sync ${shownPath(nameIn(input) ?? '')} with its remote?`);
        const publish = { ...(message === undefined ? {} : { message }), ...within(context) };
        if (direction === 'pull') await remote.pull(within(context));
        else if (direction === 'push') await remote.push(publish);
        else await remote.sync(publish);
        return { content: { both: 'Pulled and pushed', pull: 'Pulled', push: 'Pushed' }[direction] };
      },
    }),
    defineTool({
      name: 'list_conflicts',
      title: 'List conflicts',
      description: 'Files that were changed here and at the remote in ways that cannot be joined.',
      input: z.object(vaultName),
      hints: READS,
      body: async (input, context) => {
        const conflicts = await remoteOf(place, nameIn(input)).conflictReport(within(context));
        const lines = conflicts.map(({ path, kind }) => `${shownPath(path)} (${kind})`);
        const { content, ...rest } = pageOf(lines, {}, place.maxBytes, 'There are no conflicts');
        return { content, data: { ...rest, conflicts: conflicts.length } };
      },
    }),
    defineTool({
      name: 'show_conflict',
      title: 'Show conflict',
      description: 'What each side made of a file in conflict, as diffs from the last version both had.',
      input: z.object({ ...vaultName, path: z.string() }),
      hints: READS,
      body: async (input, context) => {
        const at = pathInRemote(place, input);
        const conflicts = await remoteOf(place, nameIn(input)).conflictReport(within(context));
        const conflict = conflicts.find(({ path }) => path === at);
        if (conflict === undefined)
          throw backendError('NOT_FOUND', `There is no conflict at ${JSON.stringify(at)}`, { path: at });
        return { content: cutTo(await sidesOf(conflict), place.maxBytes), data: { kind: conflict.kind } };
      },
    }),
    defineTool({
      name: 'resolve_conflict',
      title: 'Resolve conflict',
      description:
        'Settle a conflict: keep one side or both, or give the whole text. sync_vault then publishes it.',
      input: z.object({
        ...vaultName,
        path: z.string(),
        keep: z.enum(['local', 'remote', 'both']).optional(),
        content: z.string().optional(),
      }),
      hints: CHANGES,
      body: async (input, context) => {
        const { keep, content } = input;
        const at = pathInRemote(place, input);
        const remote = remoteOf(place, nameIn(input));
        if ((keep === undefined) === (content === undefined)) {
          throw backendError('INVALID_ARGUMENT', 'Give keep or content', { path: at });
        }
        await context.consent?.(['write', 'overwrite'], `Settle the conflict at ${shownPath(at)}?`);
        if (content !== undefined) await remote.conflictResolve(at, { data: content, ...within(context) });
        else if (keep === 'local') await remote.conflictAcceptLocal(at, within(context));
        else if (keep === 'remote') await remote.conflictAcceptRemote(at, within(context));
        else await remote.conflictKeepBoth(at, within(context));
        return { content: `The conflict at ${shownPath(at)} is settled` };
      },
    }),
  ];
}

function mirrorTool(place: Workplace): VaultTool {
  const name = z.enum([...place.parts.keys()]);
  return defineTool({
    name: 'mirror_vault',
    title: 'Mirror vault',
    description:
      'Make one vault hold what another does, moving only what changed. prune deletes what the source does not have.',
    input: z.object({
      source: name,
      target: name,
      prune: z.boolean().optional(),
      dryRun: z.boolean().optional(),
    }),
    hints: { ...CHANGES, idempotent: true },
    body: async ({ source, target, prune = false, dryRun = false }, context) => {
      if (!dryRun)
        await context.consent?.(
          ['sync', 'write', 'overwrite', ...(prune ? (['delete'] as const) : [])],
          `Mirror ${source} to ${target}${prune ? ', deleting what it does not have' : ''}?`,
        );
      const result = await mirror(place.parts.get(source)!, place.parts.get(target)!, {
        prune,
        dryRun,
        ...within(context),
        onProgress: ({ phase, done, total }) => context.onProgress?.({ done, total, what: phase }),
      });
      return mirrored(result, place.maxBytes);
    },
  });
}

function mirrored(result: MirrorResult, maxBytes: number): ToolAnswer {
  const lists = {
    copied: result.copied,
    updated: result.updated,
    moved: result.moved,
    deleted: result.deleted,
    failed: result.failed,
  };
  const counts = Object.entries(lists).map(([what, files]) => `${files.length} ${what}`);
  const lines = Object.entries(lists).flatMap(([what, files]) =>
    files.slice(0, PATHS_NAMED).map(({ path, reason }) => `${what} ${shownPath(path)}: ${reason}`),
  );
  const content = [`${counts.join(', ')}, ${result.unchanged.length} unchanged`, ...lines].join('\n');
  return { content: cutTo(content, maxBytes), data: { failed: result.failed.length } };
}

/** The vault that a call names; the only vault needs no name. */
function nameIn(input: object): string | undefined {
  return 'vault' in input && typeof input.vault === 'string' ? input.vault : undefined;
}

function remoteOf({ remotes }: Workplace, name: string | undefined): SyncFileBackend {
  const remote = name === undefined ? [...remotes.values()][0] : remotes.get(name);
  if (remote === undefined) throw backendError('NOT_FOUND', `There is no vault ${JSON.stringify(name)}`);
  return remote;
}

/** The vault's path for one of the tree or of the vault itself. */
function pathInRemote(place: Workplace, input: { readonly path: string }): string {
  const path = place.pathOf(input.path);
  const name = nameIn(input) ?? [...place.remotes.keys()][0]!;
  return name !== '' && path.startsWith(`${name}/`) ? path.slice(name.length + 1) : path;
}

async function sidesOf(conflict: SyncConflict): Promise<string> {
  const [base, local, remote] = await Promise.all([
    conflict.read('base'),
    conflict.read('local'),
    conflict.read('remote'),
  ]);
  const { unifiedDiff } = await import('@f9/text');
  const side = (name: string, bytes: Uint8Array | undefined): string => {
    if (bytes === undefined) return `${name}: deleted`;
    try {
      const diff = unifiedDiff(
        conflict.path,
        base === undefined ? '' : textOf(base, conflict.path),
        textOf(bytes, conflict.path),
      );
      return `${name}:\n${diff === '' ? 'unchanged' : diff}`;
    } catch {
      return `${name}: ${bytes.length} bytes that are not text`;
    }
  };
  return `${shownPath(conflict.path)} (${conflict.kind})\n${side('local', local)}\n${side('remote', remote)}`;
}
