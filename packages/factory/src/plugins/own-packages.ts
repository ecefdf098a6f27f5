import { type BackendPlugin, backendError } from '@f9/core/driver';
import { importPlugins } from './packages.ts';

/** A package of f9 itself: it is not installed with this one, and imported only when a URI asks for it. */
export interface OwnPackage {
  readonly name: string;
  readonly schemes: readonly string[];
  /** Spelled out once per package, so that bundlers see it. */
  readonly load: () => Promise<object>;
}

export const OWN_PACKAGES: readonly OwnPackage[] = [
  { name: '@f9/local', schemes: ['file'], load: () => import('@f9/local') },
  {
    name: '@f9/git',
    schemes: ['git+ssh', 'git+https', 'git+file', 'git+http', 'git'],
    load: () => import('@f9/git'),
  },
  { name: '@f9/openai', schemes: ['openai+vector'], load: () => import('@f9/openai') },
  {
    name: '@f9/postgres',
    schemes: ['postgres', 'postgresql'],
    load: () => import('@f9/postgres'),
  },
  { name: '@f9/sqlite', schemes: ['sqlite'], load: () => import('@f9/sqlite') },
  { name: '@f9/s3', schemes: ['s3'], load: () => import('@f9/s3') },
];

/** @throws `UNSUPPORTED` where the package is not installed, or is a version that does not know the scheme */
export async function importOwnPlugin({ name, load }: OwnPackage, scheme: string): Promise<BackendPlugin> {
  const plugin = (await importPlugins(name, load)).find(({ schemes }) => schemes.includes(scheme));
  if (plugin !== undefined) return plugin;
  throw backendError(
    'UNSUPPORTED',
    `This version of ${name} does not open ${scheme}: npm install ${name}@latest`,
  );
}
