import { join } from 'node:path';

/** Whether it was built just now, as `pnpm test` does first: built programs start in half the time that their sources take. */
const isBuilt = process.env.F9_BUILT === '1';

/** What Node is given to run the program of a package: what was built, or the sources. */
export function program(name: 'cli' | 'mcp'): readonly [...flags: string[], file: string] {
  const folder = join(import.meta.dirname, '../../packages', name);
  return isBuilt ? [join(folder, 'dist/bin.js')] : ['--conditions=@f9/source', join(folder, 'src/bin.ts')];
}
