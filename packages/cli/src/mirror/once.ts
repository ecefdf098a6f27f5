import { type FileBackend, type MirrorOptions, type MirrorResult, mirror, subdirectory } from '@f9/core';
import { isWithin } from '@f9/core/driver';
import type { Context } from '../context.ts';
import { type Freshness, withPulled } from '../freshness/pulled.ts';
import { embeddingOf, embedPending } from '../search/embed.ts';
import { complaintOf, UsageError } from '../terminal/errors.ts';
import type { Log } from '../terminal/log.ts';
import type { Place } from '../vaults/vaults.ts';
import { oneByOne, withBandwidth } from './bandwidth.ts';
import { ProgressReport } from './progress.ts';
import { type SelectionOptions, selectionOf } from './selection.ts';

export interface MirrorCommandOptions extends SelectionOptions {
  readonly prune?: boolean;
  readonly pruneEvenIfEmpty?: boolean;
  readonly maxDelete?: NonNullable<MirrorOptions['maxDelete']>;
  readonly backupDir?: string;
  readonly pull: boolean;
  readonly offlineOk?: boolean;
  readonly dryRun?: boolean;
  /** Bytes a second. */
  readonly bwlimit?: number;
  readonly concurrency?: number;
  readonly verbose?: boolean;
}

/** The result of one run of a mirror, with the version that it mirrored. */
export interface MirrorOutcome extends Freshness {
  readonly result: MirrorResult;
  /** How long it took. */
  readonly seconds: number;
}

/** The opened source and target, used again and again with `--watch`. */
export interface MirrorPlaces {
  readonly source: Place;
  readonly target: Place;
  readonly backup: Place | undefined;
}

export async function openPlaces(
  { vaults }: Context,
  from: string,
  to: string,
  options: MirrorCommandOptions,
): Promise<MirrorPlaces> {
  const source = await vaults.open(from, 'tree');
  const target = await vaults.open(to, 'new tree');
  assertApart(source, target, options);
  const { backupDir } = options;
  const backup = backupDir === undefined ? undefined : await vaults.open(backupDir, 'new tree');
  return { source, target, backup };
}

/** Brings the target up to date once. @param log gets a line for each finished file */
export async function mirrorOnce(
  context: Context,
  { source, target, backup }: MirrorPlaces,
  options: MirrorCommandOptions,
  log?: Log,
): Promise<MirrorOutcome> {
  const {
    prune = false,
    pruneEvenIfEmpty = false,
    dryRun = false,
    maxDelete,
    bwlimit,
    concurrency,
  } = options;
  const startedAt = performance.now();
  const select = await selectionOf(options, context.io);
  const report = new ProgressReport(context, log);
  const { result, freshness } = await withPulled(context, source, options, async (backend) => {
    const [tree, onto] = [treeOf({ ...source, backend }), treeOf(target)];
    const places =
      bwlimit === undefined
        ? ([tree, onto] as const)
        : ([withBandwidth(tree, bwlimit), oneByOne(onto)] as const);
    return await mirror(...places, {
      ...(await select(tree)),
      prune: pruneEvenIfEmpty ? 'even-if-empty' : prune,
      dryRun,
      signal: context.signal,
      onProgress: (progress) => report.show(progress),
      ...(maxDelete === undefined ? {} : { maxDelete }),
      ...(backup === undefined ? {} : { backup: treeOf(backup) }),
      ...(concurrency === undefined ? {} : { concurrency }),
    });
  });
  context.progress[Symbol.dispose]();
  if (!dryRun) await embedNew(context, target);
  return { result, ...freshness, seconds: (performance.now() - startedAt) / 1000 };
}

/** Embeds new passages. Their words are found already, so that a model that does not answer is no failure of the mirror. */
async function embedNew(context: Context, { backend, nameOf }: Place): Promise<void> {
  try {
    const vault = await embeddingOf(backend);
    if (vault !== undefined) await embedPending(context, vault);
  } catch (error) {
    context.signal.throwIfAborted();
    const name = nameOf('/');
    context.note(
      `What is new in ${name} is found by its words alone: ${complaintOf(error).message}. Later: f9 embed ${name}`,
    );
  }
}

export function treeOf({ backend, path }: Place): FileBackend {
  return path === '/' ? backend : subdirectory(backend, path);
}

/** Refuses source and target that overlap, unless files are left out, which may be intended. @throws `UsageError` */
function assertApart(
  source: Place,
  target: Place,
  { ignore = [], prune, pruneEvenIfEmpty }: MirrorCommandOptions,
): void {
  const [from, to] = [source.addressOf(source.path), target.addressOf(target.path)];
  if (from === to) throw new UsageError('source and target are the same');
  if (ignore.length > 0) return;
  if (isWithin(to, from)) {
    const inner = to.slice(from.length + 1);
    throw new UsageError(
      `the target lies in the source and would be copied into itself; leave it out: --ignore '${inner}${target.backend.name === 'sqlite' ? '*' : '/**'}'`,
    );
  }
  if (isWithin(from, to) && (prune === true || pruneEvenIfEmpty === true)) {
    const inner = from.slice(to.length + 1);
    throw new UsageError(
      `the source lies in the target and would be pruned; leave it out: --ignore '${inner}/**'`,
    );
  }
}
