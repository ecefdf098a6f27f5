import { readdirSync, readFileSync } from 'node:fs';
import { importsBelow, packageOf } from '../imports/graph.ts';
import { escapeXml } from './charts.ts';

/** A package as the picture shows it. */
interface Box {
  readonly name: string;
  /** Folders of its sources. */
  readonly wings: readonly string[];
  /** f9 packages that its sources import; nothing that another of them brings anyway. */
  imports: string[];
  /** Of these, the ones that are imported only when they are there. */
  readonly optional: readonly string[];
}

interface Cell {
  /** 0 is core. */
  readonly rank: number;
  readonly column: number;
}

const [WIDTH, HEIGHT] = [196, 92];
const [GAP_X, GAP_Y] = [24, 58];
const MARGIN = 16;
/** Doors of core, and whom each is for. */
const DOORS: readonly (readonly [string, string])[] = [
  ['@f9/core', 'for who uses vaults'],
  ['@f9/core/driver', 'for who writes backends, layers and plugins'],
  ['@f9/core/process', 'for vaults that the processes of a machine share'],
];

/** The packages and who imports whom, drawn from the imports themselves: whoever imports stands above. */
export function architecturePicture(): string {
  const boxes = new Map(readdirSync('packages').map((name) => [name, boxOf(name)] as const));
  for (const box of boxes.values()) {
    box.imports = box.imports.filter((name) => !needs(box).some((other) => brings(boxes, other, name)));
  }
  const cells = place(boxes);
  const columns = Math.max(...[...cells.values()].map(({ column }) => column)) + 1;
  const top = Math.max(...[...cells.values()].map(({ rank }) => rank));
  const width = 2 * MARGIN + columns * WIDTH + (columns - 1) * GAP_X;
  const y = (rank: number): number => MARGIN + 56 + (top - rank) * (HEIGHT + GAP_Y);
  const x = (column: number): number => MARGIN + column * (WIDTH + GAP_X);
  const height = y(0) + 96 + MARGIN;

  const parts: string[] = [bar(MARGIN, MARGIN, width - 2 * MARGIN)];
  for (const [name, box] of boxes) {
    const from = cells.get(name)!;
    if (from.rank === 0) continue;
    for (const imported of box.imports) {
      const to = cells.get(imported)!;
      const start = { x: x(from.column) + WIDTH / 2, y: y(from.rank) + HEIGHT };
      const end = { x: to.rank === 0 ? start.x : x(to.column) + WIDTH / 2, y: y(to.rank) };
      parts.push(arrow(start, end, box.optional.includes(imported)));
    }
  }
  for (const [name, box] of boxes) {
    const { rank, column } = cells.get(name)!;
    if (rank > 0) parts.push(drawBox(box, x(column), y(rank)));
  }
  parts.push(drawCore(boxes.get('core')!, MARGIN, y(0), width - 2 * MARGIN));
  return svg(width, height, parts);
}

function boxOf(name: string): Box {
  const folder = `packages/${name}`;
  const manifest = JSON.parse(readFileSync(`${folder}/package.json`, 'utf8')) as {
    peerDependenciesMeta?: Record<string, unknown>;
  };
  const ours = (specifiers: readonly string[]): string[] =>
    [...new Set(specifiers.map(packageOf))]
      .filter((specifier) => specifier.startsWith('@f9/'))
      .map((specifier) => specifier.slice('@f9/'.length))
      .sort();
  return {
    name,
    wings: readdirSync(`${folder}/src`, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => entry.name)
      .sort(),
    imports: ours(importsBelow(`${folder}/src`).map(({ specifier }) => specifier)),
    optional: ours(Object.keys(manifest.peerDependenciesMeta ?? {})),
  };
}

/** What a package cannot do without; what it imports only when asked may not be there. */
function needs({ imports, optional }: Box): readonly string[] {
  return imports.filter((name) => !optional.includes(name));
}

/** Whether importing `name` brings `other` too. */
function brings(boxes: ReadonlyMap<string, Box>, name: string, other: string): boolean {
  return needs(boxes.get(name)!).some((next) => next === other || brings(boxes, next, other));
}

/** Whoever imports stands above, as near as can be; below each the way down to what it imports is kept free. */
function place(boxes: ReadonlyMap<string, Box>): Map<string, Cell> {
  const importersOf = (name: string): string[] =>
    [...boxes.keys()].filter((other) => boxes.get(other)!.imports.includes(name));
  const lowestRank = (name: string): number =>
    name === 'core' ? 0 : 1 + Math.max(0, ...boxes.get(name)!.imports.map(lowestRank));
  const rankOf = (name: string): number => {
    const importers = importersOf(name);
    return name === 'core' || importers.length === 0
      ? lowestRank(name)
      : Math.min(...importers.map(rankOf)) - 1;
  };
  const fromTheTop = [...boxes.keys()].sort(
    (a, b) => rankOf(b) - rankOf(a) || importersOf(b).length - importersOf(a).length || (a < b ? -1 : 1),
  );
  const taken = new Set<string>();
  const cells = new Map<string, Cell>();
  for (const name of fromTheTop) {
    const rank = rankOf(name);
    const columns = importersOf(name).flatMap((importer) => cells.get(importer)?.column ?? []);
    const wanted =
      columns.length === 0 ? 1 : columns.reduce((sum, column) => sum + column, 0) / columns.length;
    const lowest = Math.min(...boxes.get(name)!.imports.map(rankOf), rank - 1);
    const way = Array.from({ length: rank - lowest }, (_, i) => rank - i);
    const column = [...Array(boxes.size).keys()]
      .sort((a, b) => Math.abs(a - wanted) - Math.abs(b - wanted) || a - b)
      .find((candidate) => way.every((level) => !taken.has(`${candidate}:${level}`)))!;
    for (const level of way) taken.add(`${column}:${level}`);
    cells.set(name, { rank, column });
  }
  return cells;
}

interface Point {
  readonly x: number;
  readonly y: number;
}

/** Straight down, and aside in the last gap. */
function arrow(from: Point, to: Point, isOptional: boolean): string {
  const bend = to.y - GAP_Y;
  const middle = to.y - GAP_Y / 2;
  const path =
    from.x === to.x
      ? `M${from.x} ${from.y}V${to.y - 6}`
      : `M${from.x} ${from.y}V${bend}C${from.x} ${middle} ${to.x} ${middle} ${to.x} ${to.y - 6}`;
  return `<path class="${isOptional ? 'edge optional' : 'edge'}" d="${path}" marker-end="url(#head)"/>`;
}

function bar(x: number, y: number, width: number): string {
  return [
    `<rect class="program" x="${x}" y="${y}" width="${width}" height="34" rx="8"/>`,
    `<text class="name" x="${x + width / 2}" y="${y + 22}" text-anchor="middle">your program</text>`,
  ].join('');
}

function drawBox({ name, wings }: Box, x: number, y: number): string {
  const lines = wrap(wings, 29);
  return [
    `<rect class="box" x="${x}" y="${y}" width="${WIDTH}" height="${HEIGHT}" rx="8"/>`,
    `<text class="name" x="${x + 12}" y="${y + 22}">@f9/${escapeXml(name)}</text>`,
    ...lines.map(
      (line, i) => `<text class="wings" x="${x + 12}" y="${y + 39 + i * 14}">${escapeXml(line)}</text>`,
    ),
  ].join('');
}

function drawCore({ wings }: Box, x: number, y: number, width: number): string {
  const each = (width - 12) / DOORS.length - 12;
  const doors = DOORS.map(([specifier, whom], i) => {
    const left = x + 12 + i * (each + 12);
    return [
      `<rect class="door" x="${left}" y="${y + 12}" width="${each}" height="44" rx="6"/>`,
      `<text class="name" x="${left + 12}" y="${y + 30}">${specifier}</text>`,
      `<text class="wings" x="${left + 12}" y="${y + 47}">${whom}</text>`,
    ].join('');
  });
  return [
    `<rect class="box" x="${x}" y="${y}" width="${width}" height="90" rx="8"/>`,
    ...doors,
    `<text class="wings" x="${x + 14}" y="${y + 76}">${escapeXml(wings.join(' · '))}</text>`,
  ].join('');
}

function wrap(words: readonly string[], characters: number): string[] {
  const lines: string[] = [];
  for (const word of words) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + word.length + 3 <= characters)
      lines[lines.length - 1] = `${last} · ${word}`;
    else lines.push(word);
  }
  return lines;
}

function svg(width: number, height: number, parts: readonly string[]): string {
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-label="The packages of f9: whoever imports stands above what it imports">`,
    '<style>',
    'text{font-family:ui-sans-serif,system-ui,sans-serif;fill:#1e293b}.name{font-size:14px;font-weight:600}.wings{font-size:11px;fill:#64748b}',
    '.box{fill:#f8fafc;stroke:#94a3b8}.door{fill:#dbeafe;stroke:#2563eb}.program{fill:none;stroke:#94a3b8;stroke-dasharray:4 4}',
    '.edge{fill:none;stroke:#94a3b8;stroke-width:1.5}.optional{stroke-dasharray:5 4}.head{fill:#94a3b8}',
    '@media (prefers-color-scheme:dark){text{fill:#e2e8f0}.wings{fill:#94a3b8}.box{fill:#1e293b;stroke:#64748b}.door{fill:#1e3a8a;stroke:#60a5fa}.program,.edge{stroke:#64748b}.head{fill:#64748b}}',
    '</style>',
    '<defs><marker id="head" viewBox="0 0 8 8" refX="4" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path class="head" d="M0 0L8 4L0 8z"/></marker></defs>',
    ...parts,
    '</svg>',
    '',
  ].join('\n');
}
