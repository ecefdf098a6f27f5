import { createTwoFilesPatch } from 'diff';

/** The change from `before` to `after` as `diff -u` shows it, with three lines around; empty where nothing changes. */
export function unifiedDiff(path: string, before: string, after: string): string {
  if (before === after) return '';
  const name = path.replaceAll(/[\r\n]/g, ' ');
  // Leaves out the header line of "=", which patch tools do not need.
  return createTwoFilesPatch(`a/${name}`, `b/${name}`, before, after, undefined, undefined, { context: 3 })
    .split('\n')
    .filter((line, index) => index > 0 || !line.startsWith('='))
    .join('\n');
}
