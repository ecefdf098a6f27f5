import type { SkippedEntry, SkipReason } from '@f9/core';
import type { Context } from '../context.ts';
import { reportOffline } from '../freshness/offline.ts';
import { complaintOf } from '../terminal/errors.ts';
import { EXIT } from '../terminal/exit-codes.ts';
import type { Output } from '../terminal/output.ts';
import { formatBytes, formatCount, plural, visibleLine } from '../terminal/text.ts';
import type { MirrorCommandOptions, MirrorOutcome, MirrorPlaces } from './once.ts';

/** Reports a mirror: one document with `--json`, else a summary, with failures on standard error. */
export async function reportMirror(
  context: Context,
  { source, target }: MirrorPlaces,
  outcome: MirrorOutcome,
  { dryRun = false, verbose = false }: MirrorCommandOptions,
): Promise<void> {
  const { output } = context;
  const { result, version, offline, askedAt, seconds } = outcome;
  const { copied, updated, moved, deleted, unchanged, skipped, notSearchable, failed, bytes } = result;
  if (output.json) {
    const failures = failed.map(({ path, error }) => {
      const { code, message } = complaintOf(error, 'mirror');
      return { path, code, reason: message };
    });
    const changes = { copied, updated, moved, deleted, unchanged, skipped, notSearchable, failed: failures };
    await output.item({ dryRun, version, offline: offline !== undefined, askedAt, ...changes, bytes });
    return;
  }
  const { green, yellow, blue, red, dim } = output.colors;
  // Otherwise the log told of each when it was done.
  if (dryRun) {
    const lists = [
      [green('+'), copied],
      [yellow('~'), updated],
      [blue('>'), moved],
      [red('-'), deleted],
    ] as const;
    for (const [mark, changes] of lists) {
      for (const { path, reason } of changes) {
        await output.write(`${mark} ${visibleLine(path)}  ${dim(visibleLine(reason))}\n`);
      }
    }
  }
  if (dryRun || verbose) {
    await listSkipped(output, skipped);
    for (const path of notSearchable) {
      await output.write(`? ${visibleLine(path)}  ${dim('kept as it is, but search does not find it')}\n`);
    }
  }
  for (const { path, error } of failed) {
    context.complain(error, target.nameOf(target.path === '/' ? path : `${target.path}/${path}`));
  }
  const counts = Object.entries({ copied, updated, moved, deleted, unchanged, failed })
    .map(([what, files]) => `${formatCount(files.length)} ${what}`)
    .join(', ');
  const left = skipped.length === 0 ? '' : `, ${formatCount(skipped.length)} skipped`;
  const of = version === undefined ? '' : `; ${source.nameOf('/')} at ${version.slice(0, 10)}`;
  await output.write(
    dryRun
      ? `would be: ${counts}${left}; nothing was changed${of}\n`
      : `${counts}${left}; ${formatBytes(bytes)} in ${seconds.toFixed(1)} s${of}\n`,
  );
  if (notSearchable.length > 0 && !verbose) {
    const files = plural(notSearchable.length, 'file is', 'files are');
    context.note(`${files} kept exactly and not found by search; -v lists them`);
  }
  if (skipped.length > 0 && !verbose && !dryRun) {
    context.note(`${plural(skipped.length, 'entry was', 'entries were')} skipped; -v lists them`);
  }
}

/** The exit code of a mirror that was reported. */
export function exitCodeOf(
  context: Context,
  { source }: MirrorPlaces,
  outcome: MirrorOutcome,
  options: MirrorCommandOptions,
): number {
  if (reportOffline(context, source, outcome, 'mirrored', options)) return EXIT.tryAgain;
  return outcome.result.failed.length === 0 ? EXIT.ok : EXIT.partly;
}

/** Why an entry of the source is not mirrored, for people. */
export const WHY_SKIPPED: Readonly<Record<SkipReason, string>> = {
  'dangling-link': 'a link to nothing',
  'outside-link': 'a link out of the vault',
  'directory-link': 'a link to a directory',
  'not-a-file': 'no file, directory or link',
  unnameable: 'a name that no path can hold',
  'too-large': 'more bytes than the target takes',
  state: 'what f9 or git keeps for itself',
};

export async function listSkipped(output: Output, skipped: readonly SkippedEntry[]): Promise<void> {
  for (const { path, reason } of skipped) {
    await output.write(`! ${visibleLine(path)}  ${output.colors.dim(`skipped: ${WHY_SKIPPED[reason]}`)}\n`);
  }
}
