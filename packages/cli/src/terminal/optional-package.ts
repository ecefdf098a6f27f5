import { backendError } from '@f9/core/driver';

/** Imports a package that does not come with the command; `undefined` where it is not installed. */
export async function importIfThere<T>(name: string, load: () => Promise<T>): Promise<T | undefined> {
  try {
    return await load();
  } catch (error) {
    if (isMissing(error, name)) return undefined;
    throw error;
  }
}

/** The same for who cannot do without. @throws `UNSUPPORTED` where it is not installed, with how to install it */
export async function importOptional<T>(name: string, load: () => Promise<T>): Promise<T> {
  const loaded = await importIfThere(name, load);
  if (loaded !== undefined) return loaded;
  throw backendError(
    'UNSUPPORTED',
    `This needs the package ${name}, which does not come with f9: npm install -g ${name}`,
  );
}

/** Only Node's message says which of all packages on the way was not found. */
function isMissing(error: unknown, name: string): boolean {
  if (!(error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND')) return false;
  return error.message.includes(`'${name}'`);
}
