import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What a package.json says of the files that people import and run. */
export interface Manifest {
  readonly name: string;
  readonly exports: Readonly<Record<string, string | { readonly default: string }>>;
  readonly bin?: Readonly<Record<string, string>>;
}

/** Files that are started as a process or a thread, or imported there: nobody imports them here, and each is found beside the one that starts it. */
const STARTED: Readonly<Record<string, readonly string[]>> = {
  '@f9/conformance': ['harness/open-in-subdirectory', 'processes/child'],
  '@f9/git': ['process/f9-git-helper'],
  '@f9/text': ['notes/note-worker'],
};

/** The sources that become files of their own names: doors, programs, and what is started. */
export function entries({ name, exports, bin = {} }: Manifest): string[] {
  const doors = Object.values(exports).flatMap((door) => (typeof door === 'string' ? [] : [door.default]));
  const built = [...doors, ...Object.values(bin)];
  const sources = built.map((file) => file.replace(/^\.\/dist\/(.*)\.js$/, '$1'));
  return [...sources, ...(STARTED[name] ?? [])];
}

/** The sources that ask for their own address, to find a file beside them. */
export function addressed(folder: string): string[] {
  return globSync('**/*.ts', { cwd: folder })
    .filter((file) => readFileSync(join(folder, file), 'utf8').includes('import.meta.url'))
    .map((file) => file.replaceAll('\\', '/').replace(/\.ts$/, ''));
}
