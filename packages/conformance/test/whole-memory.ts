import { createHash } from 'node:crypto';
import type { ConformanceHarness } from '@f9/conformance';
import { type FileInfo, type FileVersion, MemoryFileBackend, MemoryStore, type VaultChange } from '@f9/core';
import {
  type BackendDriver,
  type BackendPath,
  backendError,
  type DriverChanges,
  isDirectoryKept,
  joinPath,
  layer,
  normalizePath,
  notFound,
  ROOT,
} from '@f9/core/driver';
import { changed } from './variants.ts';

/** A version of a file; without bytes where it was deleted. */
interface Kept {
  readonly bytes: Uint8Array | undefined;
  readonly told: FileVersion;
}

/** What a store keeps beside its files. */
class Memory {
  readonly versions: Map<string, Kept[]> = new Map();
  readonly log: VaultChange[] = [];

  keep(path: string, bytes: Uint8Array | undefined, etag?: string): void {
    const versions = this.versions.get(path) ?? [];
    const deleted = bytes === undefined;
    const version = `${path} ${versions.length}`;
    const told: FileVersion = { version, at: new Date(), size: bytes?.length, deleted, path };
    this.versions.set(path, [{ bytes, told }, ...versions]);
    this.log.push(deleted ? { path, kind: 'removed' } : { path, kind: 'written', etag });
  }

  find(path: string, version: string): Uint8Array | undefined {
    return this.versions.get(path)?.find(({ told }) => told.version === version)?.bytes;
  }
}

const memories = new WeakMap<MemoryStore, Memory>();

function memoryOf(store: MemoryStore): Memory {
  const known = memories.get(store) ?? new Memory();
  memories.set(store, known);
  return known;
}

/** Every member that a driver can have: versions, a feed of changes, many files in one call, sums with the answers. */
export function wholeDriver(inner: BackendDriver, store: MemoryStore): BackendDriver {
  const memory = memoryOf(store);
  const written = (info: FileInfo): FileInfo => {
    const { bytes } = store.nodes.get(joinPath(ROOT, info.path))!;
    memory.keep(info.path, bytes, info.etag);
    return info.with({ checksum: createHash('sha256').update(bytes!).digest('hex') });
  };
  const readVersion = (path: BackendPath, version: string): Uint8Array => {
    const bytes = memory.find(path, version);
    if (bytes !== undefined) return bytes;
    throw backendError('NOT_FOUND', `${JSON.stringify(path)} has no version ${version}`, { path });
  };
  const driver: BackendDriver = layer(inner, {
    name: 'whole',
    capabilities: { ...inner.capabilities, versions: true, changes: true },
    write: async (path, source, options) => written(await inner.write(path, source, options)),
    append: async (path, source, options) => written(await inner.append!(path, source, options)),
    move: async (from, to, options) => {
      const info = written(await inner.move!(from, to, options));
      memory.keep(from, undefined);
      return info;
    },
    remove: async (path, options) => {
      const isDir = store.nodes.get(path)?.info.isDir;
      await inner.remove(path, options);
      if (isDir === false) memory.keep(path, undefined);
    },
    readFile: async (path, { version, ...options }) => {
      if (version === undefined) return await inner.readFile!(path, options);
      const { offset = 0, length = Number.POSITIVE_INFINITY } = options;
      return readVersion(path, version).slice(offset, offset + length);
    },
    read: async function* (path, options) {
      yield await driver.readFile!(path, options);
    },
    history: async function* (path, { limit }) {
      yield* (memory.versions.get(path) ?? []).slice(0, limit).map(({ told }) => told);
    },
    changesSince: async (cursor) => {
      const now = String(memory.log.length);
      if (cursor === undefined) return { changes: [], cursor: now };
      if (!/^\d+$/.test(cursor)) return { changes: [{ path: ROOT, kind: 'overflow' }], cursor: now };
      const last = new Map(memory.log.slice(Number(cursor)).map((change) => [change.path, change]));
      return { changes: [...last.values()], cursor: now };
    },
    statMany: async (paths, options) => await Promise.all(paths.map((path) => inner.stat(path, options))),
    writeMany: async (files, options) => {
      options.signal?.throwIfAborted();
      return await Promise.allSettled(
        files.map(({ path, source, ...how }) => driver.write(path, source, { ...options, ...how })),
      );
    },
    removeMany: async (files, options) => {
      options.signal?.throwIfAborted();
      return await Promise.allSettled(
        files.map(({ path, ifMatch }) => driver.remove(path, { ...options, ifMatch })),
      );
    },
    removeTree: async (path, options) => {
      const paths = (await Array.fromAsync(inner.list(path, { ...options, recursive: true }))).flat();
      for (const entry of paths.reverse()) await driver.remove(joinPath(ROOT, entry.path), options);
      await driver.remove(path, options);
    },
    copyTree: async (from, to, { ifExists, ...options }) => {
      const isMerged = ifExists === 'merge';
      const entries = (await Array.fromAsync(inner.list(from, { ...options, recursive: true }))).flat();
      // Nothing goes where not all of it could be named.
      const targets = entries.map(({ path }) => normalizePath(`${to}/${path.slice(from.length + 1)}`));
      const current = await inner.stat(to, options);
      if (!isDirectoryKept(to, current, { ifExists: isMerged ? 'keep' : 'fail' })) {
        await inner.makeDirectory(to, { ...options, ifExists: 'keep' });
      }
      for (const [at, entry] of entries.entries()) {
        const target = targets[at]!;
        if (entry.isDir) await inner.makeDirectory(target, { ...options, ifExists: 'keep' });
        else {
          const bytes = await inner.readFile!(joinPath(ROOT, entry.path), options);
          const how = { ifExists: isMerged ? 'replace' : 'fail', ifMissing: 'create' } as const;
          await driver.write(target, bytes, { ...options, ...how });
        }
      }
      return (await inner.stat(to, options)) ?? missing(to);
    },
    moveTree: async (from, to, options) => {
      const { ifExists: _, ...call } = options;
      const made = await driver.copyTree!(from, to, options);
      await driver.removeTree!(from, call);
      return made;
    },
  });
  return driver;
}

function missing(path: BackendPath): never {
  throw notFound(path);
}

/** A memory store whose driver has every member, changed in places. */
export function wholeHarness(
  name: string,
  change: (driver: BackendDriver, store: MemoryStore) => DriverChanges = () => ({}),
): ConformanceHarness {
  return {
    name,
    withoutProcesses: 'it is in memory',
    createStore: () => {
      const store = new MemoryStore();
      return {
        createBackend: () => {
          const inner = new MemoryFileBackend({ store });
          const driver = wholeDriver(inner.driver, store);
          return changed(inner, { ...driver, ...change(driver, store) });
        },
      };
    },
  };
}
