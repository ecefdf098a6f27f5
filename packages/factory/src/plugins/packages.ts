import { createRequire } from 'node:module';
import { join } from 'node:path';
import process from 'node:process';
import { pathToFileURL } from 'node:url';
import { type BackendPlugin, backendError } from '@f9/core/driver';
import { looksLikePlugin } from './shape.ts';

// Paths and addresses are no names, so that only an installed package is ever loaded.
const PACKAGE_NAME = /^(?:@[a-z\d~-][a-z\d~._-]*\/)?[a-z\d~-][a-z\d~._-]*$/;

/** @throws `INVALID_ARGUMENT` */
export function assertPackageName(name: string): void {
  if (PACKAGE_NAME.test(name)) return;
  throw backendError('INVALID_ARGUMENT', `${JSON.stringify(name)} is not the name of a package`);
}

/**
 * Every plugin that a package exports.
 *
 * @param load imports the package. Default: it is looked for where the program runs, then beside this package.
 * @throws `UNSUPPORTED` where it is not installed, cannot be loaded, or exports no plugin
 */
export async function importPlugins(
  name: string,
  load: () => Promise<object> = async () => await import(locate(name)),
): Promise<BackendPlugin[]> {
  const exports = await load().catch((cause: unknown) => {
    const why = isMissingPackage(cause, name)
      ? `is not installed: npm install ${name}`
      : 'is installed but could not be loaded; import it by itself to see why';
    throw backendError('UNSUPPORTED', `The package ${name} ${why}`, { cause });
  });
  const plugins = [...new Set<unknown>(Object.values(exports))].filter(looksLikePlugin);
  if (plugins.length > 0) return plugins;
  throw backendError('UNSUPPORTED', `The package ${name} exports no plugin; see definePlugin of @f9/core`);
}

function locate(name: string): string {
  try {
    return pathToFileURL(createRequire(join(process.cwd(), 'package.json')).resolve(name)).href;
  } catch {
    return name;
  }
}

/** Whether the import of a package failed because the package itself is missing, not one that it imports; only Node's message tells. */
export function isMissingPackage(error: unknown, name: string): boolean {
  if (!(error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND')) return false;
  return error.message.includes(`'${name}'`);
}
