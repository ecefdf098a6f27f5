import { createRequire } from 'node:module';

/** Of this package; in a bundle, which has no package.json beside it, what says so. */
export function packageVersion(): string {
  try {
    const { version } = createRequire(import.meta.url)('../package.json') as { version: string };
    return version;
  } catch {
    return '0.0.0-bundled';
  }
}
