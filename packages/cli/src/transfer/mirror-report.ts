import type { MirrorProgress, MirrorResult } from '@f9/core';
import type { Context } from '../context.ts';
import { complaintOf } from '../terminal/errors.ts';
import { formatBytes, formatCount, visibleLine } from '../terminal/text.ts';
import type { Place } from '../vaults/vaults.ts';

export interface MirrorReportOptions {
  readonly dryRun: boolean;
  /** List each change, as a dry run does. */
  readonly verbose: boolean;
  /** How long it took. */
  readonly seconds: number;
}

/** Tells what a mirror did: one document with `--json`, else a summary, with what failed on standard error. */
export async function reportMirror(
  context: Context,
  target: Place,
  result: MirrorResult,
  { dryRun, verbose, seconds }: MirrorReportOptions,
): Promise<void> {
  const { output } = context;
  const { copied, updated, moved, deleted, unchanged, failed, bytes } = result;
  if (output.json) {
    const failures = failed.map(({ path, error }) => {
      const { code, message } = complaintOf(error, 'mirror');
      return { path, code, reason: message };
    });
    await output.item({ dryRun, copied, updated, moved, deleted, unchanged, failed: failures, bytes });
    return;
  }
  if (dryRun || verbose) {
    const { green, yellow, blue, red, dim } = output.colors;
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
  for (const { path, error } of failed) {
    context.complain(error, target.nameOf(target.path === '/' ? path : `${target.path}/${path}`));
  }
  const counts = Object.entries({ copied, updated, moved, deleted, unchanged, failed })
    .map(([what, files]) => `${formatCount(files.length)} ${what}`)
    .join(', ');
  await output.write(
    dryRun
      ? `would be: ${counts}; nothing was changed\n`
      : `${counts}; ${formatBytes(bytes)} in ${seconds.toFixed(1)} s\n`,
  );
}

/** How far it is, in one line. @param last the file that was finished last */
export function progressText(
  { phase, done, total, bytes, bytesPerSecond }: MirrorProgress,
  last: string,
): string {
  const files = total === 0 ? '' : `  ${formatCount(done)}/${formatCount(total)} files`;
  const moved = bytes === 0 ? '' : `  ${formatBytes(bytes)}  ${formatBytes(bytesPerSecond)}/s`;
  return `${phase}${files}${moved}  ${last}`.trimEnd();
}
