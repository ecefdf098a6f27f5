import { createTwoFilesPatch } from 'diff';

/** What changes from `before` to `after` as `diff -u` shows it, three lines around; empty where nothing does. */
export function unifiedDiff(path: string, before: string, after: string): string {
  if (before === after) return '';
  const name = path.replaceAll(/[\r\n]/g, ' ');
  // Without a header line of "=", which patch tools do not need.
  return createTwoFilesPatch(`a/${name}`, `b/${name}`, before, after, undefined, undefined, { context: 3 })
    .split('\n')
    .filter((line, index) => index > 0 || !line.startsWith('='))
    .join('\n');
}
