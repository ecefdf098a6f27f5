import { posix } from 'node:path';
import type { ConformanceHarness } from '@f9/conformance';
import { FileInfo, MemoryFileBackend, MemoryStore } from '@f9/core';
import {
  assertReadable,
  type BackendDriver,
  type BackendPath,
  backendError,
  backendOf,
  compareTreeOrder,
  type DriverChanges,
  directoryNotEmpty,
  isWithin,
  joinPath,
  layer,
  parentPath,
  ROOT,
} from '@f9/core/driver';

/** Where the symlinks of a store lead, as `symlink(2)` takes it. */
type Links = Map<BackendPath, string>;

/** A vault in memory with symlinks, which every call follows. */
export function linkedHarness(
  name: string,
  change: (driver: BackendDriver, links: Links) => DriverChanges = () => ({}),
): ConformanceHarness {
  return {
    name,
    withoutProcesses: 'it is in memory',
    createStore: () => {
      const store = new MemoryStore();
      const links: Links = new Map();
      return {
        createBackend: () => {
          const driver = linkedDriver(new MemoryFileBackend({ store }).driver, links);
          return backendOf(
            layer(driver, { [Symbol.asyncDispose]: disposal(driver), ...change(driver, links) }),
          );
        },
        createSymlink: (target, path) => void links.set(path as BackendPath, target),
      };
    },
  };
}

function disposal(driver: BackendDriver): () => Promise<void> {
  return async () => await driver[Symbol.asyncDispose]();
}

function linkedDriver(inner: BackendDriver, links: Links): BackendDriver {
  const follow = (path: BackendPath): BackendPath => {
    for (const [link, target] of links) {
      if (!isWithin(path, link)) continue;
      const real = posix.join(posix.dirname(`/vault/${link}`), target, path.slice(link.length));
      const isOutside = target.startsWith('/') || !isWithin(real, '/vault');
      if (isOutside) throw backendError('PATH_OUTSIDE_ROOT', `${JSON.stringify(path)} leads out`, { path });
      return follow(real.slice('/vault/'.length) as BackendPath);
    }
    return path;
  };
  /** Where an entry itself lies. */
  const place = (path: BackendPath): BackendPath =>
    joinPath(follow(parentPath(path)), path.slice(path.lastIndexOf('/') + 1));
  /** @throws errors that name the path as it was given */
  const readable = async (path: BackendPath): Promise<BackendPath> => {
    const real = follow(path);
    assertReadable(path, await inner.stat(real, {}));
    return real;
  };
  return layer(inner, {
    name: 'memory with symlinks',
    capabilities: { ...inner.capabilities, symlinks: true },
    stat: async (path, options) => (await inner.stat(follow(path), options))?.with({ path }),
    read: async function* (path, options) {
      yield* inner.read(await readable(path), options);
    },
    readFile: async (path, options) => await inner.readFile!(await readable(path), options),
    write: async (path, source, options) => (await inner.write(follow(path), source, options)).with({ path }),
    append: async (path, source, options) =>
      (await inner.append!(follow(path), source, options)).with({ path }),
    makeDirectory: async (path, options) => (await inner.makeDirectory(follow(path), options)).with({ path }),
    move: async (from, to, options) =>
      (await inner.move!(place(from), follow(to), options)).with({ path: to }),
    remove: async (path, options) => {
      const itself = place(path);
      if (links.delete(itself)) return;
      const hasLinks = [...links.keys()].some((link) => isWithin(link, itself));
      if (hasLinks) throw directoryNotEmpty(path);
      await inner.remove(itself, options);
    },
    realPath: async (path) => follow(path),
    list: async function* (path, options) {
      const real = follow(path);
      const entries = (await Array.fromAsync(inner.list(real, options))).flat();
      const isHere = (link: BackendPath): boolean =>
        options.recursive ? link !== real && isWithin(link, real) : parentPath(link) === real;
      const symlinks = [...links.keys()]
        .filter(isHere)
        .map((link) => new FileInfo({ path: link, fileType: 'symlink' }));
      const named = (at: string): string => joinPath(path, at.slice(real === ROOT ? 0 : real.length + 1));
      yield [...entries, ...symlinks]
        .map((entry) => entry.with({ path: named(entry.path) }))
        .sort((a, b) => compareTreeOrder(a.path as BackendPath, b.path as BackendPath));
    },
  });
}
