import type { FileBackend } from '../backend.ts';
import type { VaultChange } from '../changes.ts';
import type { BackendDriver } from '../driver/driver.ts';
import type { DriverOptions } from '../driver/options.ts';
import { notFound } from '../driver/path-errors.ts';
import { backendError, type FileBackendError, isFileBackendError } from '../errors.ts';
import { appendFile } from '../operations/append.ts';
import { settleAllowed } from '../operations/bulk.ts';
import { driverOf } from '../operations/driver-of.ts';
import { globsOfLayer } from '../operations/globbing.ts';
import { realPathOf } from '../operations/real-path.ts';
import { removeTree } from '../operations/remove-tree.ts';
import { backendOf } from '../operations/sync-driver-backend.ts';
import { moveByCopying, moveTreeByFiles } from '../operations/transfer.ts';
import { type BackendPath, joinPath, normalizePath, parentPath, ROOT } from '../paths/path.ts';
import type { SearchResult } from '../search.ts';
import { type DriverChanges, layer } from './layer.ts';
import { assertGuards, type PathRule, PathRules } from './path-rules.ts';

/** Paths that `restrict` lets through. */
export interface Restrictions {
  /**
   * Paths that may be seen and read: patterns, or a rule. Default: all. Given as `undefined` it is `INVALID_ARGUMENT`: it would
   * protect nothing.
   */
  readonly read?: string | readonly string[] | PathRule;
  /** Paths that may be written, as far as they may be read; as `read`. Default: all. */
  readonly write?: string | readonly string[] | PathRule;
  /** The vault's place in the tree that the patterns refer to, such as a mounted one. Default: its root. */
  readonly at?: string;
}

/** Most results that are asked for, to make up for those that may not be read. */
const MOST_RESULTS = 1000;

/**
 * The same vault, of which only some paths can be read and written, in every operation: a path that may not be read is not there
 * (`NOT_FOUND`), one that may not be written is `PERMISSION_DENIED`. Symlinks lead only to paths that may be reached by their own
 * names.
 *
 * @throws `INVALID_ARGUMENT` for a restriction or a pattern that is none
 */
export function restrict(backend: FileBackend, restrictions: Restrictions): FileBackend {
  const driver = driverOf(backend, 'restrict');
  assertGuards('restrictions', restrictions, ['read', 'write', 'at']);
  const { read = {}, write = {}, at = ROOT } = restrictions;
  const base = normalizePath(at);
  const [reading, writing] = [new PathRules('read', read, base), new PathRules('write', write, base)];
  return backendOf(restrictedDriver(driver, reading, writing));
}

function restrictedDriver(inner: BackendDriver, reading: PathRules, writing: PathRules): BackendDriver {
  const mayRead = (path: string): boolean => path === ROOT || reading.allows(path);
  const maySee = (path: string, isDir: boolean): boolean => mayRead(path) || (isDir && reading.leadsOn(path));
  const mayWrite = (path: string): boolean => mayRead(path) && writing.allows(path);

  /** Gives the path that it leads to. @throws `NOT_FOUND` */
  const assertReadable = async (path: BackendPath, options: DriverOptions): Promise<BackendPath> => {
    if (!maySee(path, true)) throw notFound(path);
    const real = await realPathOf(inner, path, options).catch(hide(path));
    if (real !== path && !maySee(real, true)) throw notFound(path);
    return real;
  };
  /** @throws `PERMISSION_DENIED` */
  const assertWritable = async (path: BackendPath, options: DriverOptions): Promise<void> => {
    if (!mayWrite(path) || !mayWrite(await realPathOf(inner, path, options))) throw denied(path);
  };
  /** What is done to an entry itself reaches where symlinks above it lead. Gives that place. @throws `PERMISSION_DENIED` */
  const assertRemovable = async (path: BackendPath, options: DriverOptions): Promise<BackendPath> => {
    if (!mayWrite(path)) throw denied(path);
    const above = await realPathOf(inner, parentPath(path), options);
    const place = joinPath(above, path.slice(path.lastIndexOf('/') + 1));
    if (!mayWrite(place)) throw denied(path);
    // Where case does not count, the entry may be called otherwise than it is asked for.
    if (!inner.capabilities.caseSensitive && !mayWrite(await realPathOf(inner, path, options)))
      throw denied(path);
    return place;
  };
  /** Refuses a directory as a whole where something in it may not be written. @throws `PERMISSION_DENIED` */
  const assertAllWritable = async (path: BackendPath, options: DriverOptions): Promise<void> => {
    const place = await assertRemovable(path, options);
    for await (const batch of inner.list(path, { ...options, recursive: true })) {
      for (const entry of batch) {
        if (!mayWrite(entry.path)) throw denied(mayRead(entry.path) ? entry.path : path);
        if (!mayWrite(moved(entry.path, path, place))) throw denied(path);
      }
    }
  };

  const assertMayWrite = ({ path }: { readonly path: BackendPath }): void => {
    if (!mayWrite(path)) throw denied(path);
  };
  // Where there are symlinks, each path has to be looked at by itself.
  const many: Pick<DriverChanges, 'statMany' | 'writeMany' | 'removeMany'> = inner.capabilities.symlinks
    ? { statMany: undefined, writeMany: undefined, removeMany: undefined }
    : {
        statMany:
          inner.statMany &&
          (async (paths, options) => {
            const infos = await inner.statMany!(paths, options);
            return infos.map((info, at) => (info && maySee(paths[at]!, info.isDir) ? info : undefined));
          }),
        writeMany:
          inner.writeMany &&
          ((files, options) =>
            settleAllowed(files, assertMayWrite, (allowed) => inner.writeMany!(allowed, options))),
        removeMany:
          inner.removeMany &&
          ((files, options) =>
            settleAllowed(files, assertMayWrite, (allowed) => inner.removeMany!(allowed, options))),
      };

  const outer: BackendDriver = layer(inner, {
    stat: async (path, options) => {
      if (!maySee(path, true)) return undefined;
      const info = await inner.stat(path, options);
      if (info === undefined || !maySee(path, info.isDir)) return undefined;
      const real = await realPathOf(inner, path, options);
      return maySee(real, info.isDir) ? info : undefined;
    },
    async *read(path, options) {
      await assertReadable(path, options);
      if (!mayRead(path)) throw notFound(path);
      yield* inner.read(path, options);
    },
    readFile:
      inner.readFile &&
      (async (path, options) => {
        await assertReadable(path, options);
        if (!mayRead(path)) throw notFound(path);
        return await inner.readFile!(path, options);
      }),
    write: async (path, source, options) => {
      await assertWritable(path, options);
      return await inner.write(path, source, options);
    },
    append: async (path, source, options) => {
      await assertWritable(path, options);
      return await appendFile(inner, path, source, options);
    },
    makeDirectory: async (path, options) => {
      // A directory on the way to a path that may be written may be made.
      const isOnTheWay = (at: BackendPath): boolean => maySee(at, true) && writing.leadsOn(at);
      if (!isOnTheWay(path) || !isOnTheWay(await realPathOf(inner, path, options)))
        await assertWritable(path, options);
      return await inner.makeDirectory(path, options);
    },
    remove: async (path, options) => {
      await assertRemovable(path, options);
      await inner.remove(path, options);
    },
    async *list(path, options) {
      const real = await assertReadable(path, options);
      for await (const batch of inner.list(path, options)) {
        yield batch.filter(
          (entry) =>
            maySee(entry.path, entry.isDir) &&
            (real === path || maySee(moved(entry.path, path, real), entry.isDir)),
        );
      }
    },
    copy:
      inner.copy &&
      (async (from, to, options) => {
        await assertReadable(from, options);
        if (!mayRead(from)) throw notFound(from);
        await assertWritable(to, options);
        return await inner.copy!(from, to, options);
      }),
    // Not the derived form, which would have copied the file before it learns that it may not be removed.
    move: async (from, to, options) => {
      if (!mayRead(from)) throw notFound(from);
      await assertRemovable(from, options);
      await assertWritable(to, options);
      return await (inner.move?.(from, to, options) ?? moveByCopying(inner, from, to, options));
    },
    removeTree: async (path, options) => {
      await assertAllWritable(path, options);
      await removeTree(inner, path, options);
    },
    // File by file, since each may be refused.
    copyTree: undefined,
    moveTree: async (from, to, options) => {
      await assertAllWritable(from, options);
      const { ifExists, ...call } = options;
      return await moveTreeByFiles(outer, from, to, { ...call, overwrite: ifExists === 'merge' });
    },
    ...many,
    checksum:
      inner.checksum &&
      (async (path, algorithm, options) => {
        await assertReadable(path, options);
        if (!mayRead(path)) throw notFound(path);
        return await inner.checksum!(path, algorithm, options);
      }),
    checksumMany:
      inner.checksumMany &&
      (async (paths, algorithm, options) => {
        const readable: BackendPath[] = [];
        for (const path of paths) {
          if (mayRead(path) && mayRead(await realPathOf(inner, path, options).catch(hide(path))))
            readable.push(path);
        }
        return await inner.checksumMany!(readable, algorithm, options);
      }),
    // They see only what a listing shows.
    ...globsOfLayer(inner, () => outer),
    realPath: async (path, options) => {
      await assertReadable(path, options);
      return await realPathOf(inner, path, options);
    },
    search:
      inner.search &&
      (async (query, { limit = 10, ...options }) => {
        for (let asked = limit; ; asked *= 4) {
          const found: SearchResult[] = await inner.search!(query, { ...options, limit: asked });
          const readable = found.filter(({ path }) => mayRead(path));
          const isAll = readable.length >= limit || found.length < asked || asked >= MOST_RESULTS;
          if (isAll) return readable.slice(0, limit);
        }
      }),
    history:
      inner.history &&
      async function* (path, options) {
        if (!mayRead(path)) throw notFound(path);
        for await (const version of inner.history!(path, options)) if (mayRead(version.path)) yield version;
      },
    watch:
      inner.watch &&
      async function* (path, options) {
        const real = await assertReadable(path, options);
        for await (const change of inner.watch!(path, options)) {
          const isToldThere = isTold({ ...change, path: moved(change.path, path, real) });
          if (isTold(change) && isToldThere) yield change;
        }
      },
    changesSince:
      inner.changesSince &&
      (async (cursor, options) => {
        const found = await inner.changesSince!(cursor, options);
        return { ...found, changes: found.changes.filter(isTold) };
      }),
    sync: inner.sync && {
      pull: inner.sync.pull.bind(inner.sync),
      push: inner.sync.push.bind(inner.sync),
      conflicts: async (options) => {
        const conflicts = await inner.sync!.conflicts(options);
        return conflicts.filter(({ paths }) => paths.every(mayRead));
      },
      resolve: async (path, resolution, options) => {
        if (!mayRead(path)) throw notFound(path);
        if (!mayWrite(path)) throw denied(path);
        // A conflict over renames changes every file that it is about, by whichever of them it is named.
        const conflicts = await inner.sync!.conflicts(options);
        for (const { paths } of conflicts.filter((conflict) => conflict.paths.includes(path))) {
          if (!paths.every(mayRead)) throw notFound(path);
          for (const each of paths.map(normalizePath)) {
            if (!mayWrite(each)) throw denied(each);
            if ((await inner.stat(each, options))?.isDir === true) await assertAllWritable(each, options);
          }
        }
        // A version that is put beside the file gets a name that only the driver knows.
        const assertMayWriteAll = (each: BackendPath): void => {
          options.assertMayWrite?.(each);
          assertMayWrite({ path: each });
        };
        await inner.sync!.resolve(path, resolution, { ...options, assertMayWrite: assertMayWriteAll });
      },
    },
  });
  const isTold = ({ path, kind }: VaultChange): boolean => maySee(path, kind === 'overflow');
  return outer;
}

/** The place of `path` in `to`, which is what `from` leads to. */
function moved(path: string, from: BackendPath, to: BackendPath): BackendPath {
  return from === to ? (path as BackendPath) : joinPath(to, path.slice(from === ROOT ? 0 : from.length + 1));
}

/** Says of a path that leads out of the vault that nothing is there. */
function hide(path: BackendPath): (error: unknown) => never {
  return (error) => {
    throw isFileBackendError(error, 'PATH_OUTSIDE_ROOT') ? notFound(path) : error;
  };
}

function denied(path: string): FileBackendError {
  return backendError('PERMISSION_DENIED', `${JSON.stringify(path)} may not be written here`, { path });
}
