import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

/** Of this package. */
export function ownVersion(): string {
  const { version } = require('../../package.json') as { version: string };
  return version;
}

/** Of an installed package that shows its package.json; `undefined` where it is not there. */
export function versionOf(name: string): string | undefined {
  try {
    const { version } = require(`${name}/package.json`) as { version: string };
    return version;
  } catch {
    return undefined;
  }
}
