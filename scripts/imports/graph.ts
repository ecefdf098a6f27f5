import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** One import of one file, as it is written. */
export interface Import {
  /** Relative to the repository, `/` between its names. */
  readonly file: string;
  readonly specifier: string;
}

/** All imports and re-exports of the TypeScript below a folder, types included. */
export function importsBelow(folder: string): Import[] {
  return filesBelow(folder).flatMap((file) => {
    const source = readFileSync(file, 'utf8').replace(/^\s*(?:\/\/|\*).*$/gm, '');
    const matches = source.matchAll(
      /(?:^|[;\s])(?:import|export)\s[^'"`;]*?from\s*'([^']+)'|import\(\s*'([^']+)'\s*\)|^import\s*'([^']+)'/gm,
    );
    return Array.from(matches, (match) => ({ file, specifier: (match[1] ?? match[2] ?? match[3])! }));
  });
}

export function filesBelow(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((entry) => entry.endsWith('.ts'))
    .map((entry) => join(folder, entry).replaceAll('\\', '/'))
    .sort();
}

/** The file that a relative specifier means. */
export function targetOf({ file, specifier }: Import): string {
  return join(dirname(file), specifier).replaceAll('\\', '/');
}

/** The package that a specifier names: `@f9/core` of `@f9/core/driver`. */
export function packageOf(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}

/** Files that import one another in a circle, each circle once: the strongly connected parts of the graph. */
export function circlesOf(graph: ReadonlyMap<string, readonly string[]>): string[][] {
  const order = new Map<string, number>();
  const lowest = new Map<string, number>();
  const stack: string[] = [];
  const circles: string[][] = [];
  const visit = (file: string): number => {
    const own = order.size;
    order.set(file, own);
    lowest.set(file, own);
    stack.push(file);
    for (const target of graph.get(file) ?? []) {
      if (!order.has(target)) lowest.set(file, Math.min(lowest.get(file)!, visit(target)));
      else if (stack.includes(target)) lowest.set(file, Math.min(lowest.get(file)!, order.get(target)!));
    }
    if (lowest.get(file) === own) {
      const circle = stack.splice(stack.indexOf(file));
      if (circle.length > 1) circles.push(circle.reverse());
    }
    return lowest.get(file)!;
  };
  for (const file of graph.keys()) if (!order.has(file)) visit(file);
  return circles;
}
