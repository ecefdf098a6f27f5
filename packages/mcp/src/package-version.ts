import { createRequire } from 'node:module';

/** The version of this package; a bundle, which has no package.json beside it, defines it. */
export function packageVersion(): string {
  try {
    const { version } = createRequire(import.meta.url)('../package.json') as { version: string };
    return version;
  } catch {
    return '0.0.0-bundled';
  }
}
