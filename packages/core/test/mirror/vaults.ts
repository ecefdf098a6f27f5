import { type BackendDriver, backendOf, type DriverChanges, layer } from '../../src/driver/index.ts';
import { type Capabilities, type FileBackend, MemoryFileBackend } from '../../src/index.ts';

export async function vault(files: Record<string, string>): Promise<MemoryFileBackend> {
  const backend = new MemoryFileBackend();
  for (const [path, data] of Object.entries(files)) await backend.create(path, { data });
  return backend;
}

export async function contents(backend: FileBackend): Promise<Record<string, string>> {
  const paths = await backend.globFiles('**', { dot: true });
  return Object.fromEntries(
    await Promise.all(
      paths.map(async (path) => [path, await backend.read(path, { binary: false })] as const),
    ),
  );
}

export const paths = (changes: readonly { readonly path: string }[]): string[] =>
  changes.map(({ path }) => path);

/** A backend whose driver does something else in places; counts what it does. */
export function changed(
  backend: FileBackend,
  changes: (driver: BackendDriver) => DriverChanges,
): FileBackend {
  return backendOf(layer(backend.driver, changes(backend.driver)));
}

export function counting(backend: FileBackend): { backend: FileBackend; reads: string[]; writes: string[] } {
  const reads: string[] = [];
  const writes: string[] = [];
  const counted = changed(backend, (driver) => ({
    read: (path, options) => {
      reads.push(path);
      return driver.read(path, options);
    },
    readFile: (path, options) => {
      reads.push(path);
      return driver.readFile!(path, options);
    },
    write: (path, source, options) => {
      writes.push(path);
      return driver.write(path, source, options);
    },
    move: (from, to, options) => {
      writes.push(to);
      return driver.move!(from, to, options);
    },
  }));
  return { backend: counted, reads, writes };
}

export const withCapabilities = (driver: BackendDriver, more: Partial<Capabilities>): DriverChanges => ({
  capabilities: { ...driver.capabilities, ...more },
});
