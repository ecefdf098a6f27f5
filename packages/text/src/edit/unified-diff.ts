import { FILE_HEADERS_ONLY, formatPatch, type StructuredPatchHunk, structuredPatch } from 'diff';

/** Lines around a change. */
const CONTEXT = 3;
/** Most changed lines for which the shortest diff is looked for: the time grows with their square, to a minute for 20,000. */
const MOST_LINES = 1000;

/** The change from `before` to `after` as `diff -u` shows it, with three lines around; empty where nothing changes. */
export function unifiedDiff(path: string, before: string, after: string): string {
  if (before === after) return '';
  const name = path.replaceAll(/[\r\n]/g, ' ');
  const [oldFileName, newFileName] = [`a/${name}`, `b/${name}`];
  const { lines, old, now } = changedPart(before, after);
  const patch = structuredPatch(oldFileName, newFileName, old, now, undefined, undefined, {
    context: CONTEXT,
    maxEditLength: MOST_LINES,
  });
  const hunks = (patch?.hunks ?? [hunkOfAll(old, now)]).map((hunk) => ({
    ...hunk,
    oldStart: hunk.oldStart + lines,
    newStart: hunk.newStart + lines,
  }));
  const headers = { oldFileName, newFileName, oldHeader: undefined, newHeader: undefined };
  return formatPatch({ ...headers, hunks }, FILE_HEADERS_ONLY);
}

/** The lines from the first to the last that differ, with context, and the number of lines before them. */
function changedPart(
  before: string,
  after: string,
): { readonly lines: number; readonly old: string; readonly now: string } {
  const shorter = Math.min(before.length, after.length);
  let start = 0;
  while (start < shorter && before.charCodeAt(start) === after.charCodeAt(start)) start++;
  let same = 0;
  while (same < shorter - start && before.at(-1 - same) === after.at(-1 - same)) same++;
  start = lineAt(before, start);
  for (let i = 0; i < CONTEXT && start > 0; i++) start = lineAt(before, start - 1);
  // The common end may begin in the middle of a line.
  let end = before.length - same;
  for (let i = 0; i <= CONTEXT; i++) end = before.indexOf('\n', end) + 1 || before.length;
  const rest = before.length - end;
  let lines = 0;
  for (let at = before.indexOf('\n'); at !== -1 && at < start; at = before.indexOf('\n', at + 1)) lines++;
  return { lines, old: before.slice(start, end), now: after.slice(start, after.length - rest) };
}

/** The beginning of the line around an offset. */
function lineAt(text: string, place: number): number {
  return place === 0 ? 0 : text.lastIndexOf('\n', place - 1) + 1;
}

/** All lines from the first to the last that differ, once removed and once added. */
function hunkOfAll(old: string, now: string): StructuredPatchHunk {
  const [oldLines, newLines] = [linesOf(old), linesOf(now)];
  const shorter = Math.min(oldLines.length, newLines.length);
  let head = 0;
  while (head < shorter && oldLines[head] === newLines[head]) head++;
  let tail = 0;
  while (tail < shorter - head && oldLines.at(-1 - tail) === newLines.at(-1 - tail)) tail++;
  const shown = (sign: string, lines: readonly string[]): string[] =>
    lines.flatMap((line) =>
      line.endsWith('\n') ? [sign + line.slice(0, -1)] : [sign + line, '\\ No newline at end of file'],
    );
  return {
    oldStart: 1,
    oldLines: oldLines.length,
    newStart: 1,
    newLines: newLines.length,
    lines: [
      ...shown(' ', oldLines.slice(0, head)),
      ...shown('-', oldLines.slice(head, oldLines.length - tail)),
      ...shown('+', newLines.slice(head, newLines.length - tail)),
      ...shown(' ', oldLines.slice(oldLines.length - tail)),
    ],
  };
}

function linesOf(text: string): string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}
