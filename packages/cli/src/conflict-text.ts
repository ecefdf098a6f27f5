import {
  type ConflictSide,
  type ConflictStatus,
  decodeText,
  isFileBackendError,
  type SyncConflict,
} from '@f9/core';
import { createTwoFilesPatch, FILE_HEADERS_ONLY } from 'diff';
import { mergeDiff3 } from 'node-diff3';
import type { Colors } from './colors.ts';
import { formatBytes, visible, visibleLine } from './terminal-text.ts';

export const STATUS_WORDS: Readonly<Record<ConflictStatus, string>> = {
  UU: 'changed on both sides',
  AA: 'added on both sides',
  DU: 'deleted here, changed there',
  UD: 'changed here, deleted there',
  AU: 'added here by a rename',
  UA: 'added there by a rename',
  DD: 'renamed or deleted on both sides',
};

/** The three versions of a file; a side that does not have it is `undefined`. */
export type Sides = Readonly<Record<ConflictSide, Uint8Array | undefined>>;

export async function readSides(conflict: SyncConflict): Promise<Sides> {
  const [base, local, remote] = await Promise.all([
    conflict.read('base'),
    conflict.read('local'),
    conflict.read('remote'),
  ]);
  return { base, local, remote };
}

/** What each side did, as unified diffs against what both had; against each other where they had nothing. */
export function describeConflict({ path, status, kind }: SyncConflict, sides: Sides, colors: Colors): string {
  const title = `${colors.bold(visibleLine(path))}  ${STATUS_WORDS[status]} (${kind})`;
  const [base, local, remote] = [textOf(sides.base), textOf(sides.local), textOf(sides.remote)];
  if (base === null || local === null || remote === null) {
    return [
      title,
      ...(['base', 'local', 'remote'] as const).map((side) => `  ${side}: ${sizeOf(sides[side])}`),
    ].join('\n');
  }
  const diffs =
    base === undefined
      ? [differ('local', local, 'remote', remote, colors)]
      : [differ('base', base, 'local', local, colors), differ('base', base, 'remote', remote, colors)];
  return [title, ...diffs].join('\n');
}

function differ(
  oldName: string,
  oldText: string | undefined,
  newName: string,
  newText: string | undefined,
  colors: Colors,
): string {
  if (newText === undefined) return colors.red(`--- ${oldName}\n+++ ${newName}: deleted`);
  if (oldText === newText) return colors.dim(`--- ${oldName}\n+++ ${newName}: not changed`);
  const patch = createTwoFilesPatch(oldName, newName, oldText ?? '', newText, undefined, undefined, {
    headerOptions: FILE_HEADERS_ONLY,
  });
  return patch
    .trimEnd()
    .split('\n')
    .map((line) => paint(visible(line), colors))
    .join('\n');
}

function paint(line: string, colors: Colors): string {
  if (line.startsWith('---') || line.startsWith('+++')) return colors.bold(line);
  if (line.startsWith('@@')) return colors.cyan(line);
  if (line.startsWith('+')) return colors.green(line);
  if (line.startsWith('-')) return colors.red(line);
  return line;
}

/** Both versions in one text: joined where only one side changed a part, between markers where both did. */
export function mergeWithMarkers({ base, local, remote }: Readonly<Record<ConflictSide, string>>): string {
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

/** `null` for bytes that are no text. */
export function textOf(bytes: Uint8Array | undefined): string | undefined | null {
  if (bytes === undefined) return undefined;
  try {
    return decodeText(bytes, '');
  } catch (error) {
    if (isFileBackendError(error, 'INVALID_TEXT')) return null;
    throw error;
  }
}

function sizeOf(bytes: Uint8Array | undefined): string {
  return bytes === undefined ? 'not there' : formatBytes(bytes.length);
}
