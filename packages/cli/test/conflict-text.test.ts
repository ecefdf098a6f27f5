import type { ConflictKind, ConflictStatus, SyncConflict } from '@f9/core';
import { describe, expect, test } from 'vitest';
import {
  describeConflict,
  hasMarkers,
  mergeWithMarkers,
  type Sides,
} from '../src/conflicts/conflict-text.ts';
import { colorsFor } from '../src/terminal/colors.ts';
import { twoClones } from './support/repository.ts';

const PLAIN = colorsFor(process.stdout, { NO_COLOR: '1' });

function shown(
  sides: Partial<Sides<string | Uint8Array>>,
  status: ConflictStatus = 'UU',
  kind: ConflictKind = 'content',
): string {
  const bytes = (side: string | Uint8Array | undefined): Uint8Array | undefined =>
    typeof side === 'string' ? Buffer.from(side) : side;
  const all: Sides<Uint8Array> = {
    base: bytes(sides.base),
    local: bytes(sides.local),
    remote: bytes(sides.remote),
  };
  const conflict: SyncConflict = {
    path: 'a.md',
    status,
    kind,
    paths: ['a.md'],
    read: async (side) => all[side],
  };
  return describeConflict(conflict, all, PLAIN);
}

describe('a conflict is shown', () => {
  test('as one difference where both sides added the file', () => {
    expect(shown({ local: 'mine\n', remote: 'theirs\n' }, 'AA')).toBe(
      'a.md  added on both sides (content)\n--- local\n+++ remote\n@@ -1,1 +1,1 @@\n-mine\n+theirs',
    );
  });

  test('as sizes where one of them is not text', () => {
    expect(shown({ base: 'text', remote: Uint8Array.of(255, 254, 0) }, 'DU', 'binary')).toBe(
      'a.md  deleted here, changed there (binary)\n  base: 4 B\n  local: not there\n  remote: 3 B',
    );
  });

  test('with a side that did not change the text', () => {
    expect(shown({ base: 'a\n', local: 'a\n', remote: 'b\n' }, 'UU', 'rename/delete')).toContain(
      '--- base\n+++ local: the same\n--- base\n+++ remote\n',
    );
  });

  test('without obeying what it holds', () => {
    expect(shown({ base: '', local: '\u001b[2J\n', remote: 'x\n' })).toContain('+\\x1b[2J');
  });
});

describe('texts are joined', () => {
  test('where one side changed a part, and marked where both did', () => {
    expect(mergeWithMarkers({ base: '1\n2\n3\n', local: '1\n2\nL\n', remote: 'R\n2\n3\n' })).toBe(
      'R\n2\nL\n',
    );
    expect(mergeWithMarkers({ base: '1\n', local: 'same\n', remote: 'same\n' })).toBe('same\n');
    const both = mergeWithMarkers({ base: undefined, local: 'L\n', remote: 'R\n' });
    expect(both).toContain('<<<<<<< local\nL\n');
    expect(hasMarkers(both)).toBe(true);
  });

  test('and only what f9 marked counts as marked', () => {
    expect(hasMarkers('a\n>>>>>>> remote\nb')).toBe(true);
    expect(hasMarkers('<<<<<<< local\r\n')).toBe(true);
    expect(hasMarkers('Title\n=======\ntext <<<<<<< local\n')).toBe(false);
  });
});

test('what is not text is settled by a side, not in an editor', async () => {
  await using place = await twoClones();
  await place.ok(['write', 'ours:a.bin'], { stdin: Uint8Array.of(255, 1) });
  await place.ok(['push', 'ours:']);
  await place.ok(['pull', 'theirs:']);
  await place.ok(['write', '-f', 'theirs:a.bin'], { stdin: Uint8Array.of(255, 2) });
  await place.ok(['push', 'theirs:']);
  await place.ok(['write', '-f', 'ours:a.bin'], { stdin: Uint8Array.of(255, 3) });
  await place.f9(['pull', 'ours:']);
  const { stderr } = await place.f9(['conflicts', 'ours:a.bin', '--edit'], { env: { EDITOR: 'true' } });
  expect(stderr).toContain('"a.bin" is not text; choose a side with --accept');
  expect((await place.ok(['conflicts', 'ours:a.bin', '--json'])).documents).toEqual([
    expect.objectContaining({ local: { base64: '/wM=' }, remote: { base64: '/wI=' } }),
  ]);
});
