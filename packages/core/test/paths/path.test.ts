import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isWhole } from '../../../../scripts/test/daily.ts';
import {
  type BackendPath,
  baseName,
  compareBytes,
  compareTreeOrder,
  isReservedName,
  isWithin,
  joinPath,
  normalizePath,
  parentPath,
  ROOT,
} from '../../src/driver/index.ts';
import { MemoryFileBackend } from '../../src/index.ts';
import { isNameable, saysDirectory, sortByBytes } from '../../src/paths/path.ts';
import { anyText, codePoint, wellFormedText } from '../arbitraries.ts';

/** Paths as a caller might type them, more of what matters than chance would give. */
const typed = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        'a',
        'b',
        '..',
        '.',
        '',
        '.f9',
        '.F9',
        'ä',
        '😀',
        ' ',
        'x'.repeat(255),
        'é'.repeat(127),
      ),
      fc.string({ unit: codePoint, maxLength: 4 }),
    ),
    { maxLength: 8 },
  )
  .chain((segments) => fc.constantFrom('/', '\\').map((separator) => segments.join(separator)));

function attempt(path: string): BackendPath | string {
  try {
    return normalizePath(path);
  } catch (error) {
    return (error as { code: string }).code;
  }
}

describe('normalizePath', () => {
  test.each([
    ['a', 'a'],
    ['/a', 'a'],
    ['//a//b/', 'a/b'],
    ['./a/./b/.', 'a/b'],
    ['a/../b', 'b'],
    ['a/b/../../c', 'c'],
    ['a\\b\\..\\c', 'a/c'],
    ['\\a', 'a'],
    ['C:\\a', 'C:/a'],
    ['/', ''],
    ['', ''],
    [' ', ' '],
    ['/ /\t\n', ' /\t\n'],
    ['a/../\u00a0/', '\u00a0'],
    [`${'a/'.repeat(1023)}bc`, `${'a/'.repeat(1023)}bc`],
    ['.', ''],
    ['a/..', ''],
    ['.hidden', '.hidden'],
    ['...', '...'],
    ['a./b ', 'a./b '],
    [' a', ' a'],
    ['a/ /b', 'a/ /b'],
    ['%2e%2e/a', '%2e%2e/a'],
    ['e\u0301', 'e\u0301'],
    ['a/.f9/b', 'a/.f9/b'],
    ['.f90', '.f90'],
    ['f9', 'f9'],
    ['😀/é', '😀/é'],
    ['con', 'con'],
    ['a\nb', 'a\nb'],
    ['x'.repeat(255), 'x'.repeat(255)],
    ['é'.repeat(127), 'é'.repeat(127)],
  ])('%j is %j', (path, normal) => {
    expect(normalizePath(path)).toBe(normal);
  });

  test.each([
    [`${'a/'.repeat(1024)}b`, 'INVALID_PATH'],
    [`${'é'.repeat(120)}/`.repeat(9), 'INVALID_PATH'],
    ['a\0b', 'INVALID_PATH'],
    ['\0', 'INVALID_PATH'],
    ['a/\ud83d/b', 'INVALID_PATH'],
    ['x'.repeat(256), 'INVALID_PATH'],
    ['a/'.repeat(300) + 'é'.repeat(128), 'INVALID_PATH'],
    ['😀'.repeat(64), 'INVALID_PATH'],
    ['.f9', 'INVALID_PATH'],
    ['/.f9/state', 'INVALID_PATH'],
    ['a/../.F9/x', 'INVALID_PATH'],
    ['.f9.', 'INVALID_PATH'],
    ['.f9 /x', 'INVALID_PATH'],
    ['.f9::$INDEX_ALLOCATION/x', 'INVALID_PATH'],
    ['F9~1', 'INVALID_PATH'],
    ['.f\u200c9', 'INVALID_PATH'],
    ['..', 'PATH_OUTSIDE_ROOT'],
    ['/..', 'PATH_OUTSIDE_ROOT'],
    ['a/../..', 'PATH_OUTSIDE_ROOT'],
    ['a/../../a', 'PATH_OUTSIDE_ROOT'],
    ['..\\a', 'PATH_OUTSIDE_ROOT'],
    [undefined, 'INVALID_ARGUMENT'],
    [null, 'INVALID_ARGUMENT'],
    [7, 'INVALID_ARGUMENT'],
    [['a'], 'INVALID_ARGUMENT'],
    [Buffer.from('a'), 'INVALID_ARGUMENT'],
  ])('%j is %s', (path, code) => {
    expect(attempt(path as string)).toBe(code);
  });

  test('what it gives is within the vault, never f9’s own, and normal already', () => {
    fc.assert(
      fc.property(typed, (path) => {
        let normal: BackendPath;
        try {
          normal = normalizePath(path);
        } catch (error) {
          expect(error).toMatchObject({ name: 'InvalidOperationError', path });
          return;
        }
        const segments = normal === '' ? [] : normal.split('/');
        for (const segment of segments) {
          expect(['', '.', '..']).not.toContain(segment);
          expect(segment).not.toMatch(/[\\\0]/);
          expect(Buffer.byteLength(segment)).toBeLessThanOrEqual(255);
          expect(Buffer.from(segment).toString()).toBe(segment);
        }
        if (normal === ROOT) return;
        expect(isReservedName(segments[0]!)).toBe(false);
        expect(normalizePath(normal)).toBe(normal);
        expect(normalizePath(`/${normal}`)).toBe(normal);
        expect(normalizePath(`x/../${normal}`)).toBe(normal);
      }),
      { numRuns: 800 },
    );
  });

  test('a path that a store gives is one if it is accepted and normal already', () => {
    const given = fc.oneof(
      typed,
      fc.tuple(
        fc.constantFrom('', '.', '..', '.f9', 'F9~1', '\u200c.F9', 'f', '...'),
        fc.constantFrom('', '/', '/x', ' '),
        typed,
      ),
    );
    fc.assert(
      fc.property(given, (parts) => {
        const path = typeof parts === 'string' ? parts : parts.join('');
        let normal: string | undefined;
        try {
          normal = normalizePath(path);
        } catch {}
        expect(isNameable(path), JSON.stringify(path)).toBe(path !== '' && normal === path);
      }),
      { numRuns: 3000 },
    );
  });

  test('every directory on the way to a path that is accepted, and whatever a listing shows of it, is accepted as it is', async () => {
    const name = fc.oneof(
      anyText,
      fc.constantFrom(' ', '\t', '\u00a0', '. ', ' .', '...', '.f9', 'f9~1', 'a', 'é'.repeat(127)),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(name, { minLength: 1, maxLength: 8 }), async (names) => {
        const path = names.join('/');
        let normal: BackendPath;
        try {
          normal = normalizePath(path);
        } catch {
          return;
        }
        for (let at = normal; at !== ROOT; at = parentPath(at)) expect(normalizePath(at)).toBe(at);
        if (normal === ROOT || saysDirectory(path)) return;
        const vault = new MemoryFileBackend();
        await vault.create(path, { data: 'x' });
        for await (const entry of vault.list('', { recursive: true })) {
          expect((await vault.info(entry.path)).isDir).toBe(entry.isDir);
          expect(await vault.exists(entry.path)).toBe(true);
        }
        await vault.delete(normal.split('/')[0]!, { recursive: true });
        expect(await Array.fromAsync(vault.list())).toEqual([]);
      }),
      { numRuns: isWhole ? 10_000 : 1000 },
    );
  });

  test.each([
    ['a/', true],
    ['a\\', true],
    ['a/.', true],
    ['a/..', true],
    ['..', true],
    ['.', true],
    ['', true],
    ['/', true],
    ['a', false],
    ['a.', false],
    ['a..', false],
    ['a/...', false],
    ['.a', false],
    ['a/ ', false],
  ])('whether %j says directory: %s', (path, says) => {
    expect(saysDirectory(path)).toBe(says);
  });

  test('a path of plain names is taken the short way and comes out as the long way would have it', () => {
    const name = fc.stringMatching(/^[\w-][\w .-]{0,12}$/);
    fc.assert(
      fc.property(fc.array(name, { minLength: 1, maxLength: 5 }), (names) => {
        const path = names.join('/');
        expect(normalizePath(path)).toBe(path);
        expect(normalizePath(`./${path}`)).toBe(path);
      }),
    );
  });
});

describe('parts of paths', () => {
  test.each([
    ['a/b/c', 'a/b', 'c'],
    ['a', '', 'a'],
    ['', '', ''],
  ])('%j lies in %j as %j', (path, parent, name) => {
    expect(parentPath(path as BackendPath)).toBe(parent);
    expect(baseName(path)).toBe(name);
    expect(joinPath(parent as BackendPath, name)).toBe(path);
  });

  test('joining the root or nothing adds no slash', () => {
    expect(joinPath(ROOT, 'a/b')).toBe('a/b');
    expect(joinPath('a' as BackendPath, '')).toBe('a');
  });

  test.each([
    ['a', 'a', true],
    ['a/b', 'a', true],
    ['ab', 'a', false],
    ['a', 'a/b', false],
    ['a', '', true],
    ['', '', true],
    ['', 'a', false],
  ])('%j within %j: %s', (path, directory, expected) => {
    expect(isWithin(path, directory)).toBe(expected);
  });
});

test.each([
  ['.f9', true],
  ['.F9', true],
  ['.f9..', true],
  ['.f9 . ', true],
  ['.f9:stream', true],
  ['f9~12', true],
  ['\ufeff.f9', true],
  ['.f9x', false],
  ['f9', false],
  ['f9~', false],
  ['f9~1x', false],
  ['x.f9', false],
  ['', false],
])('%j is reserved: %s', (name, expected) => {
  expect(isReservedName(name)).toBe(expected);
});

describe('orders', () => {
  // Where the two orders of Unicode differ: surrogates against U+E000 to U+FFFF.
  const text = fc.string({
    unit: fc.constantFrom(
      'a',
      'b',
      '-',
      '/',
      '~',
      'é',
      '\ud7ff',
      '\ue000',
      '\ufb01',
      '\uffff',
      '\u{10000}',
      '😀',
    ),
    maxLength: 6,
  });
  const anyText = fc.oneof(text, wellFormedText);

  test('compareBytes is the order of the UTF-8 bytes', () => {
    fc.assert(
      fc.property(anyText, anyText, (a, b) => {
        expect(Math.sign(compareBytes(a, b))).toBe(Buffer.compare(Buffer.from(a), Buffer.from(b)));
      }),
      { numRuns: 2000 },
    );
  });

  test('sortByBytes sorts by them', () => {
    fc.assert(
      fc.property(fc.array(anyText, { maxLength: 20 }), (texts) => {
        const sorted = texts.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
        expect(sortByBytes([...texts]).map((text) => Buffer.from(text))).toEqual(
          sorted.map((text) => Buffer.from(text)),
        );
      }),
    );
  });

  test('compareTreeOrder is the order of a walk', () => {
    const name = text.filter((each) => each !== '' && !each.includes('/'));
    const path = fc.array(name, { minLength: 1, maxLength: 4 }).map((names) => names.join('/'));
    fc.assert(
      fc.property(fc.uniqueArray(path, { maxLength: 30 }), (paths) => {
        expect(paths.toSorted(compareTreeOrder)).toEqual(walk(paths));
      }),
      { numRuns: 200 },
    );
  });

  test('both are orders: nothing is before itself, and what is before is after turned round', () => {
    for (const compare of [compareBytes, compareTreeOrder]) {
      fc.assert(
        fc.property(anyText, anyText, (a, b) => {
          expect(compare(a, a)).toBe(0);
          expect(Math.sign(compare(a, b)) + Math.sign(compare(b, a))).toBe(0);
        }),
      );
    }
  });
});

/** The paths in the order in which a real walk comes to them: siblings by their bytes, what is inside right behind. */
function walk(paths: readonly string[]): string[] {
  interface Directory {
    isGiven: boolean;
    readonly children: Map<string, Directory>;
  }
  const top: Directory = { isGiven: false, children: new Map() };
  for (const path of paths) {
    let here = top;
    for (const name of path.split('/')) {
      const next: Directory = here.children.get(name) ?? { isGiven: false, children: new Map() };
      here.children.set(name, next);
      here = next;
    }
    here.isGiven = true;
  }
  const order: string[] = [];
  const visit = (directory: Directory, prefix: string): void => {
    const names = [...directory.children.keys()].sort((a, b) =>
      Buffer.compare(Buffer.from(a), Buffer.from(b)),
    );
    for (const name of names) {
      const child = directory.children.get(name)!;
      if (child.isGiven) order.push(prefix + name);
      visit(child, `${prefix}${name}/`);
    }
  };
  visit(top, '');
  return order;
}
