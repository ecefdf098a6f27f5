import type { FileBackend } from '../backend.ts';
import type { BackendDriver } from '../driver/driver.ts';
import { linkState } from '../driver/driver-state.ts';
import { isFileBackendError, withPath } from '../errors.ts';
import { FileInfo } from '../file-info.ts';
import { DriverBackend } from '../operations/driver-backend.ts';
import { appendFile } from '../operations/transfer.ts';
import { type BackendPath, isReservedName, isWithin, joinPath, normalizePath, ROOT } from '../paths/path.ts';
import { layer } from './layer.ts';

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
  /** Errors name the path as this vault has it. */
  const fail = (error: unknown): never => {
    const isInside = isFileBackendError(error) && error.path !== undefined && isWithin(error.path, base);
    throw isInside ? withPath(error, up(error.path!)) : error;
  };
  const outer = layer(inner, {
    stat: async (path, options) => {
      const info = await inner.stat(down(path), options).catch(fail);
      // The root of a vault always exists.
      if (path === ROOT && info === undefined) return new FileInfo({ path: ROOT, fileType: 'directory' });
      return info && lift(info);
    },
    async *read(path, options) {
      try {
        yield* inner.read(down(path), options);
      } catch (error) {
        fail(error);
      }
    },
    write: async (path, source, options) => lift(await inner.write(down(path), source, options).catch(fail)),
    makeDirectory: async (path, options) => lift(await inner.makeDirectory(down(path), options).catch(fail)),
    remove: (path, options) => inner.remove(down(path), options).catch(fail),
    async *list(path, options) {
      try {
        if (path === ROOT && (await inner.stat(base, options)) === undefined) return;
        for await (const batch of inner.list(down(path), options)) {
          // What is no one's own name there would be f9's own here.
          yield batch.map(lift).filter((entry) => !isReservedName(entry.path.split('/', 1)[0]!));
        }
      } catch (error) {
        fail(error);
      }
    },
    readFile: inner.readFile && ((path, options) => inner.readFile!(down(path), options).catch(fail)),
    // Not the derived form: that would hold appends apart by paths that only this view knows.
    append: async (path, source, options) =>
      lift(await appendFile(inner, down(path), source, options).catch(fail)),
    copy:
      inner.copy &&
      (async (from, to, options) => lift(await inner.copy!(down(from), down(to), options).catch(fail))),
    move:
      inner.move &&
      (async (from, to, options) => lift(await inner.move!(down(from), down(to), options).catch(fail))),
    removeTree: inner.removeTree && ((path, options) => inner.removeTree!(down(path), options).catch(fail)),
    checksum:
      inner.checksum &&
      ((path, algorithm, options) => inner.checksum!(down(path), algorithm, options).catch(fail)),
    checksumMany:
      inner.checksumMany &&
      (async (paths, algorithm, options) => {
        const sums = await inner.checksumMany!(paths.map(down), algorithm, options).catch(fail);
        return new Map(Array.from(sums, ([path, sum]) => [up(path), sum]));
      }),
    // A pattern is compiled for the whole vault: the derived form lists this part of it.
    glob: undefined,
    search:
      inner.search &&
      (async (query, { path, ...options }) => {
        const below = down((path ?? ROOT) as BackendPath);
        const results = await inner.search!(query, { ...options, path: below }).catch(fail);
        return results.map((result) => ({ ...result, path: up(result.path) }));
      }),
    sync: undefined,
  });
  linkState(outer, inner, base);
  return outer;
}
