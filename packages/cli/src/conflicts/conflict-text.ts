import type { ConflictSide, ConflictStatus, SyncConflict } from '@f9/core';
import { createTwoFilesPatch, FILE_HEADERS_ONLY } from 'diff';
import { mergeDiff3 } from 'node-diff3';
import type { Colors } from '../terminal/colors.ts';
import { formatBytes, visible, visibleLine } from '../terminal/text.ts';
import { textOf } from '../vaults/file-content.ts';

export const STATUS_WORDS: Readonly<Record<ConflictStatus, string>> = {
  UU: 'changed on both sides',
  AA: 'added on both sides',
  DU: 'deleted here, changed there',
  UD: 'changed here, deleted there',
  AU: 'renamed here',
  UA: 'renamed there',
  DD: 'renamed differently on both sides',
};

/** The versions of the sides; `undefined` for one without the file. */
export type Sides<T> = Readonly<Record<ConflictSide, T | undefined>>;

export async function readSides(conflict: SyncConflict): Promise<Sides<Uint8Array>> {
  const [base, local, remote] = await Promise.all([
    conflict.read('base'),
    conflict.read('local'),
    conflict.read('remote'),
  ]);
  return { base, local, remote };
}

/** The versions as texts; `undefined` altogether where one is not text. */
export function textSides({ base, local, remote }: Sides<Uint8Array>): Sides<string> | undefined {
  const there = [base, local, remote].filter((bytes) => bytes !== undefined);
  if (there.some((bytes) => textOf(bytes) === undefined)) return undefined;
  return { base: base && textOf(base), local: local && textOf(local), remote: remote && textOf(remote) };
}

/** The changes of each side as unified diffs against the common version, or against each other where there is none. */
export function describeConflict(
  { path, status, kind }: SyncConflict,
  sides: Sides<Uint8Array>,
  colors: Colors,
): string {
  const title = `${colors.bold(visibleLine(path))}  ${STATUS_WORDS[status]} (${kind})`;
  return [title, ...(differences(textSides(sides), colors) ?? sizes(sides))].join('\n');
}

function differences(texts: Sides<string> | undefined, colors: Colors): string[] | undefined {
  if (texts === undefined) return undefined;
  const { base } = texts;
  return base === undefined
    ? [difference(texts, 'local', 'remote', colors)]
    : [difference(texts, 'base', 'local', colors), difference(texts, 'base', 'remote', colors)];
}

function sizes(sides: Sides<Uint8Array>): string[] {
  return (['base', 'local', 'remote'] as const).map((side) => {
    const bytes = sides[side];
    return `  ${side}: ${bytes === undefined ? 'not there' : formatBytes(bytes.length)}`;
  });
}

function difference(texts: Sides<string>, from: ConflictSide, to: ConflictSide, colors: Colors): string {
  const [before, after] = [texts[from], texts[to]];
  if (after === undefined) return colors.bold(`--- ${from}\n+++ ${to}: not there`);
  if (before === after) return colors.bold(`--- ${from}\n+++ ${to}: the same`);
  const patch = createTwoFilesPatch(from, to, before ?? '', after, undefined, undefined, {
    headerOptions: FILE_HEADERS_ONLY,
  });
  return patch
    .trimEnd()
    .split('\n')
    .map((line, i) => (i < 2 ? colors.bold(line) : paint(visible(line), colors)))
    .join('\n');
}

function paint(line: string, colors: Colors): string {
  if (line.startsWith('@@')) return colors.cyan(line);
  if (line.startsWith('+')) return colors.green(line);
  if (line.startsWith('-')) return colors.red(line);
  return line;
}

/** Both versions in one text: merged where only one side changed a part, between markers where both did. */
export function mergeWithMarkers({ base = '', local = '', remote = '' }: Sides<string>): string {
  const { result } = mergeDiff3(local, base, remote, {
    excludeFalseConflicts: true,
    stringSeparator: '\n',
    label: { a: 'local', o: 'base', b: 'remote' },
  });
  return result.join('\n');
}

export function hasMarkers(text: string): boolean {
  return /^(?:<{7} local|>{7} remote)$/m.test(text);
}
