import type { FileBackend } from '@f9/core';
import { belowDirectory } from '../tools/paths.ts';
import { withSizes } from '../tools/sizes.ts';

const MAX_LINES = 999_999;

/** A file, or some lines of it, with line numbers. */
export function numberedFile(text: string, path: string, range: readonly number[] | undefined): string {
  const count = text.split('\n').length;
  if (count > MAX_LINES)
    throw new Error(`File ${path} has too many lines (${count}). Maximum is 999,999 lines.`);
  const [first = 1, last = -1] = range ?? [];
  const lines = numberedLines(text, Math.max(1, first), last === -1 ? count : last);
  return `Here's the content of ${path} with line numbers:\n${lines}`;
}

/** Lines `first` to `last`, from 1. */
export function numberedLines(text: string, first: number, last: number): string {
  const lines = text.split('\n').slice(first - 1, last);
  return lines.map((line, index) => `${String(first + index).padStart(6)}\t${line}`).join('\n');
}

/** Two levels of a directory. Its size is that of the files in the listing, since a vault has no other. */
export async function directoryView(vault: FileBackend, at: string, path: string): Promise<string> {
  const found = await vault.globInfo(belowDirectory(at, '{*,*/*}'), {
    includeDirs: true,
    ignore: ['**/node_modules'],
  });
  const items = (await withSizes(vault, found))
    .map(({ path: full, isDir, size = 0 }) => ({
      name: at === '' ? full : full.slice(at.length + 1),
      isDir,
      size,
    }))
    .sort((a, b) => (a.name.replaceAll('/', '\0') < b.name.replaceAll('/', '\0') ? -1 : 1));
  const sizeBelow = (directory: string): number =>
    items.reduce((sum, { name, size }) => (name.startsWith(directory) ? sum + size : sum), 0);
  const lines = items.map(({ name, isDir, size }) =>
    isDir ? `${shownSize(sizeBelow(`${name}/`))}\t${path}/${name}/` : `${shownSize(size)}\t${path}/${name}`,
  );
  return [
    `Here're the files and directories up to 2 levels deep in ${path}, excluding hidden items and node_modules:`,
    `${shownSize(sizeBelow(''))}\t${path}`,
    ...lines,
  ].join('\n');
}

function shownSize(bytes: number): string {
  if (bytes === 0) return '0B';
  const power = Math.min(3, Math.floor(Math.log(bytes) / Math.log(1024)));
  const size = bytes / 1024 ** power;
  return `${Number.isInteger(size) ? size : size.toFixed(1)}${['B', 'K', 'M', 'G'][power]}`;
}
