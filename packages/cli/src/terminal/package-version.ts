import { createRequire } from 'node:module';

/** The version of this package. */
export function ownVersion(): string {
  return versionIn('../../package.json') ?? 'of a bundle';
}

/** The version of an installed package that exports its package.json; `undefined` where it is missing. */
export function versionOf(name: string): string | undefined {
  return versionIn(`${name}/package.json`);
}

function versionIn(manifest: string): string | undefined {
  try {
    const { version } = createRequire(import.meta.url)(manifest) as { version: string };
    return version;
  } catch {
    return undefined;
  }
}
