import { backendError } from '@f9/core/driver';

/** Imports a package that is not installed with the command; `undefined` where it is missing. */
export async function importIfThere<T>(name: string, load: () => Promise<T>): Promise<T | undefined> {
  try {
    return await load();
  } catch (error) {
    const { isMissingPackage } = await import('@f9/factory');
    if (isMissingPackage(error, name)) return undefined;
    throw error;
  }
}

/** Like `importIfThere`, for a package that is needed. @throws `UNSUPPORTED` where it is missing, with how to install it */
export async function importOptional<T>(name: string, load: () => Promise<T>): Promise<T> {
  const loaded = await importIfThere(name, load);
  if (loaded !== undefined) return loaded;
  throw backendError(
    'UNSUPPORTED',
    `This needs the package ${name}, which does not come with f9: npm install -g ${name}`,
  );
}
