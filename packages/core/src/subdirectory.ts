import type { FileBackend } from './backend.ts';
import type { BackendDriver } from './driver.ts';
import { DriverBackend } from './driver-backend.ts';
import { FileInfo } from './file-info.ts';
import { layer } from './layer.ts';
import { type BackendPath, joinPath, normalizePath, ROOT } from './path.ts';

/**
 * The vault below `path`, as a vault of its own; it need not exist yet. Push, pull and conflicts belong to the whole vault and are
 * not offered here.
 *
 * @throws `INVALID_PATH`, `PATH_OUTSIDE_ROOT`
 */
export function subdirectory(backend: FileBackend, path: string): FileBackend {
  return new DriverBackend(subdirectoryDriver(backend.driver, normalizePath(path)));
}

function subdirectoryDriver(inner: BackendDriver, base: BackendPath): BackendDriver {
  const down = (path: BackendPath): BackendPath => joinPath(base, path);
  const up = (path: string): BackendPath =>
    (base === ROOT ? path : path.slice(base.length + 1)) as BackendPath;
  const lift = (info: FileInfo): FileInfo => info.with({ path: up(info.path) });
  return layer(inner, {
    stat: async (path, options) => {
      const info = await inner.stat(down(path), options);
      // The root of a vault always exists.
      if (path === ROOT && info === undefined) return new FileInfo({ path: '', fileType: 'directory' });
      return info && lift(info);
    },
    read: (path, options) => inner.read(down(path), options),
    write: async (path, source, options) => lift(await inner.write(down(path), source, options)),
    makeDirectory: async (path, options) => lift(await inner.makeDirectory(down(path), options)),
    remove: (path, options) => inner.remove(down(path), options),
    async *list(path, options) {
      if (path === ROOT && (await inner.stat(base, options)) === undefined) return;
      for await (const batch of inner.list(down(path), options)) yield batch.map(lift);
    },
    readFile: inner.readFile && ((path, options) => inner.readFile!(down(path), options)),
    append:
      inner.append &&
      (async (path, source, options) => lift(await inner.append!(down(path), source, options))),
    copy: inner.copy && (async (from, to, options) => lift(await inner.copy!(down(from), down(to), options))),
    move: inner.move && (async (from, to, options) => lift(await inner.move!(down(from), down(to), options))),
    removeTree: inner.removeTree && ((path, options) => inner.removeTree!(down(path), options)),
    checksum:
      inner.checksum && ((path, algorithm, options) => inner.checksum!(down(path), algorithm, options)),
    checksumMany:
      inner.checksumMany &&
      (async (paths, algorithm, options) => {
        const sums = await inner.checksumMany!(paths.map(down), algorithm, options);
        return new Map(Array.from(sums, ([path, sum]) => [up(path), sum]));
      }),
    // A pattern is compiled for the whole vault: the derived form lists this part of it.
    glob: undefined,
    search:
      inner.search &&
      (async (query, { path, ...options }) => {
        const results = await inner.search!(query, { ...options, path: down((path ?? ROOT) as BackendPath) });
        return results.map((result) => ({ ...result, path: up(result.path) }));
      }),
    sync: undefined,
  });
}
