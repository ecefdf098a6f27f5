import type { Random } from './random.ts';

// Pieces of names for which some filesystem, git, some language or f9 has a rule.
const PIECES = [
  ...[
    'a',
    'B',
    'é',
    'e\u0301',
    '日本',
    '\u{1F986}',
    '\uFB01',
    'ß',
    'İ',
    '\u202E',
    '\u200C',
    '\uFEFF',
    '\uFFFD',
    '\uE000',
  ],
  ...[' ', '\u00A0', '\t', '\n', '\r', '\u0001', '\u007F', '\u0085', '\u2028'],
  ...[
    '.',
    '..',
    '...',
    '~',
    '~1',
    '-',
    '--',
    '_',
    '+',
    ',',
    ';',
    ':',
    '::$DATA',
    '=',
    '@',
    '#',
    '!',
    '^',
    '&',
    "'",
    '"',
    '`',
  ],
  ...['*', '?', '[', ']', '[a]', '{a,b}', '(', ')', '|', '<', '>', '%', '%2e', '%2F', '%00', '$', '$(x)'],
  ...[
    '.git',
    'GIT',
    'git~1',
    '.gitignore',
    '.gitattributes',
    '.gitmodules',
    'HEAD',
    '.lock',
    '.keep',
    '.f9',
    'F9~1',
  ],
  ...['con', 'aux', 'NUL', 'com1', '.DS_Store', 'Thumbs.db', '__proto__', 'constructor', 'null', '0', '1e3'],
];

/** Characters that no path of a vault may hold, or only as a separator. */
const FORBIDDEN = ['\0', '\uD83D', '\\', '/'];

/** Paths that people and programs have used, tried before random ones. */
const KNOWN = [
  ...[' ', ' /x', 'a/ /b', '\t/y', '\u00A0/z', 'a/\u2003', ' . /w', '. ', ' .'],
  ...['n/', 'n\\', 'n/.', 'n//', './n/', 'n/x/..', '/', '.', '..', '../n', 'm/../..', ''],
  ...[
    '.f9',
    'm/.f9',
    'm/.f9/x',
    '.f9.',
    '-',
    '--help',
    '\\\\host\\share',
    'C:\\x',
    'file:///x',
    '~',
    '~root/x',
  ],
];

/** The `at`th of many paths as a caller may type them. */
export function typedPath(random: Random, at: number): string {
  const known = KNOWN[at];
  if (known !== undefined) return known;
  const names = Array.from({ length: 1 + random.below(4) }, () => randomName(random));
  const start = random.once(10) ? random.of(['/', './', '\\', '//', 'x/../']) : '';
  const end = random.once(12) ? random.of(['/', '\\', '/.', '//']) : '';
  return `${start}${names.join(random.once(10) ? '\\' : '/')}${end}`;
}

/** A name, now and then an invalid one, or one of the greatest length. */
export function randomName(random: Random): string {
  const name = Array.from({ length: 1 + random.below(4) }, () => piece(random)).join('');
  if (!random.once(15)) return name;
  const length = random.of([254, 255, 255, 256]);
  return name + 'x'.repeat(Math.max(0, length - Buffer.byteLength(name)));
}

function piece(random: Random): string {
  if (random.once(150)) return random.of(FORBIDDEN);
  if (!random.once(4)) return random.of(PIECES);
  const point = random.of([
    0x20 + random.below(0x5f),
    0xa1 + random.below(0x700),
    0x3000 + random.below(0x5000),
  ]);
  return String.fromCodePoint(point).replace(/[\\/]/, '_');
}

/** A path of exactly `length` bytes, in names of at most 200. */
export function pathOfLength(length: number): string {
  const names: string[] = [];
  for (let left = length; left > 0; ) {
    // The last two names share the rest, so that neither is empty.
    const size = left <= 200 ? left : Math.min(200, left - 2);
    names.push('p'.repeat(size));
    left -= size + 1;
  }
  return names.join('/');
}

/** The path that a typed one means, by a rule of our own; `undefined` where it names no file of any vault. */
export function meantBy(typed: string): string | undefined {
  if (/[\0\uD800-\uDFFF]/.test(typed.replace(/[\uD800-\uDBFF][\uDC00-\uDFFF]/g, ''))) return undefined;
  if (/(^|[\\/])\.{0,2}$/.test(typed)) return undefined;
  const names: string[] = [];
  for (const name of typed.split(/[\\/]/)) {
    if (name === '' || name === '.') continue;
    if (Buffer.byteLength(name) > 255) return undefined;
    if (name !== '..') names.push(name);
    else if (names.pop() === undefined) return undefined;
  }
  return names.length === 0 ? undefined : names.join('/');
}
