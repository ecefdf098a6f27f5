import { createRequire } from 'node:module';

/** Of this package. */
export function ownVersion(): string {
  return versionIn('../../package.json') ?? 'of a bundle';
}

/** Of an installed package that shows its package.json; `undefined` where it is not there. */
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
