import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const repository = join(import.meta.dirname, '../..');

/** A package of the workspace that has tests. */
export interface TestedPackage {
  readonly name: string;
  /** Relative to the repository. */
  readonly folder: string;
}

export function testedPackages(): TestedPackage[] {
  const plugins = readdirSync(join(repository, 'examples')).filter((name) => name.startsWith('plugin-'));
  const folders = [
    ...readdirSync(join(repository, 'packages')).map((name) => `packages/${name}`),
    ...plugins.map((name) => `examples/${name}`),
    'examples',
  ];
  return folders.map((folder) => {
    const { name } = JSON.parse(readFileSync(join(repository, folder, 'package.json'), 'utf8')) as {
      name: string;
    };
    return { name, folder };
  });
}
