import { applyPatch, createTwoFilesPatch, FILE_HEADERS_ONLY } from 'diff';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { unifiedDiff } from '../src/index.ts';

const text = fc
  .array(fc.constantFrom('a\n', 'b\n', 'c\r\n', '\n', 'd'), { maxLength: 30 })
  .map((lines) => lines.join(''));

const changesIn = (diff: string): number => diff.match(/^[-+]/gm)!.length;

test('it patches, and is as short as one of the whole texts', () => {
  fc.assert(
    fc.property(text, text, text, text, (head, old, now, tail) => {
      const [before, after] = [head + old + tail, head + now + tail];
      const whole = createTwoFilesPatch('a/n', 'b/n', before, after, undefined, undefined, {
        context: 3,
        headerOptions: FILE_HEADERS_ONLY,
      });
      const diff = unifiedDiff('n', before, after);
      if (before === after) expect(diff).toBe('');
      else {
        expect(applyPatch(before, diff)).toBe(after);
        // Where lines repeat there is more than one shortest way.
        expect(changesIn(diff)).toBe(changesIn(whole));
      }
    }),
  );
});

test.each([
  ['at the end with a line end', '\n'],
  ['at the end without', ''],
])('a change of 100,000 lines, %s, is all taken away and put in, and patches', (_, end) => {
  const lines = Array.from({ length: 100_000 }, (_, i) => `old ${i}`);
  const before = ['top', 'a', 'b', 'c', 'd', ...lines, 'e', 'f'].join('\n') + end;
  const after = before.replaceAll('old', 'new');
  const diff = unifiedDiff('big.md', before, after);
  expect(diff.split('\n', 7)).toEqual([
    '--- a/big.md',
    '+++ b/big.md',
    '@@ -3,100005 +3,100005 @@',
    ' b',
    ' c',
    ' d',
    '-old 0',
  ]);
  expect(applyPatch(before, diff)).toBe(after);
});
