import type { FileBackend } from '../backend.ts';
import type { VaultChange } from '../changes.ts';
import type { BackendDriver } from '../driver/driver.ts';
import { linkState } from '../driver/driver-state.ts';
import type { DriverOptions } from '../driver/options.ts';
import { backendError, isFileBackendError, withPath } from '../errors.ts';
import { FileInfo } from '../file-info.ts';
import { appendFile } from '../operations/append.ts';
import { statMany } from '../operations/bulk.ts';
import { DriverBackend } from '../operations/driver-backend.ts';
import { driverOf } from '../operations/driver-of.ts';
import { globsOfLayer } from '../operations/globbing.ts';
import { realPathOf } from '../operations/real-path.ts';
import {
  type BackendPath,
  isReservedName,
  isTooLong,
  isWithin,
  joinPath,
  MAX_PATH_BYTES,
  normalizePath,
  parentPath,
  ROOT,
} from '../paths/path.ts';
import type { SearchFilter } from '../search.ts';
import { layer } from './layer.ts';

/**
 * The vault below `path`, as a vault of its own; it need not exist yet. Symlinks that lead out of it are `PATH_OUTSIDE_ROOT`. Push, pull
 * and conflicts belong to the whole vault and are not offered here.
 *
 * @throws `INVALID_ARGUMENT`, `INVALID_PATH`, `PATH_OUTSIDE_ROOT`
 */
export function subdirectory(backend: FileBackend, path: string): FileBackend {
  return new DriverBackend(subdirectoryDriver(driverOf(backend, 'subdirectory'), normalizePath(path)));
}

function subdirectoryDriver(inner: BackendDriver, base: BackendPath): BackendDriver {
  const view = new View(inner, base);
  const { down, up, lift, fail } = view;
  const outer: BackendDriver = layer(inner, {
    stat: async (path, options) => {
      const info = await inner.stat(await view.enter(path, options), options).catch(fail);
      // The root of a vault always exists.
      if (path === ROOT && info === undefined) return new FileInfo({ path: ROOT, fileType: 'directory' });
      return info && lift(info);
    },
    async *read(path, options) {
      const target = await view.enter(path, options);
      yield* failing(inner.read(target, options), fail);
    },
    write: async (path, source, options) =>
      lift(await inner.write(await view.enter(path, options), source, options).catch(fail)),
    makeDirectory: async (path, options) =>
      lift(await inner.makeDirectory(await view.enter(path, options), options).catch(fail)),
    remove: async (path, options) =>
      await inner.remove(await view.enterParent(path, options), options).catch(fail),
    async *list(path, options) {
      const target = await view.enter(path, options);
      if (path === ROOT && (await inner.stat(base, options)) === undefined) return;
      for await (const batch of failing(inner.list(target, options), fail)) {
        // At the root of a part `.f9` is f9's own name, though in the whole vault it may be anybody's.
        yield batch.map(lift).filter((entry) => !isReservedName(entry.path.split('/', 1)[0]!));
      }
    },
    readFile:
      inner.readFile &&
      (async (path, options) => await inner.readFile!(await view.enter(path, options), options).catch(fail)),
    // Not the derived form, which would lock appends by paths that only this view knows.
    append: async (path, source, options) =>
      lift(await appendFile(inner, await view.enter(path, options), source, options).catch(fail)),
    copy:
      inner.copy &&
      (async (from, to, options) => {
        const [source, target] = [await view.enter(from, options), await view.enter(to, options)];
        return lift(await inner.copy!(source, target, options).catch(fail));
      }),
    move:
      inner.move &&
      (async (from, to, options) => {
        const [source, target] = [await view.enterParent(from, options), await view.enter(to, options)];
        return lift(await inner.move!(source, target, options).catch(fail));
      }),
    removeTree:
      inner.removeTree &&
      (async (path, options) =>
        await inner.removeTree!(await view.enterParent(path, options), options).catch(fail)),
    // Where there are symlinks, each file of a tree is looked at before it is copied.
    copyTree:
      inner.copyTree &&
      (inner.capabilities.symlinks
        ? undefined
        : async (from, to, options) =>
            lift(await inner.copyTree!(down(from), down(to), options).catch(fail))),
    moveTree:
      inner.moveTree &&
      (async (from, to, options) => {
        const [source, target] = [await view.enterParent(from, options), await view.enter(to, options)];
        return lift(await inner.moveTree!(source, target, options).catch(fail));
      }),
    ...(inner.capabilities.symlinks ? MANY_BY_ONE : view.many()),
    checksum:
      inner.checksum &&
      (async (path, algorithm, options) =>
        await inner.checksum!(await view.enter(path, options), algorithm, options).catch(fail)),
    checksumMany:
      inner.checksumMany &&
      (async (paths, algorithm, options) => {
        const targets: BackendPath[] = [];
        for (const path of paths) targets.push(await view.enter(path, options));
        const sums = await inner.checksumMany!(targets, algorithm, options).catch(fail);
        return new Map(Array.from(sums, ([path, sum]) => [up(path), sum]));
      }),
    // A pattern is compiled for the whole vault: this part of it is listed.
    ...globsOfLayer(inner, () => outer),
    realPath: async (path, options) => up(await view.resolve(path, options)),
    capabilitiesAt: inner.capabilitiesAt && ((path) => inner.capabilitiesAt!(down(path))),
    search:
      inner.search &&
      (async (query, { path, filters, ...options }) => {
        const below = down((path ?? ROOT) as BackendPath);
        const asked = { ...options, path: below, filters: filters && view.filterDown(filters) };
        const results = await inner.search!(query, asked).catch(fail);
        return results.map((result) => ({ ...result, path: up(result.path) }));
      }),
    history:
      inner.history &&
      async function* (path, options) {
        for await (const version of failing(inner.history!(down(path), options), fail)) {
          // The file may have had a name outside the part before it was renamed.
          if (isWithin(version.path, base)) yield { ...version, path: up(version.path) };
        }
      },
    watch:
      inner.watch &&
      async function* (path, options) {
        const changes = inner.watch!(await view.enter(path, options), options);
        for await (const change of failing(changes, fail)) yield* view.changesUp([change]);
      },
    changesSince:
      inner.changesSince &&
      (async (cursor, options) => {
        const found = await inner.changesSince!(cursor, options).catch(fail);
        return { ...found, changes: view.changesUp(found.changes) };
      }),
    sync: undefined,
  });
  linkState(outer, inner, base);
  return outer;
}

/** Members that take many paths: the derived forms look at each path by itself. */
const MANY_BY_ONE = { statMany: undefined, writeMany: undefined, removeMany: undefined } as const;

/** Turns names of the whole vault into names of the part, and back. */
class View {
  readonly #inner: BackendDriver;
  readonly #base: BackendPath;

  constructor(inner: BackendDriver, base: BackendPath) {
    this.#inner = inner;
    this.#base = base;
  }

  /** @throws `INVALID_PATH` where the whole vault could not name it */
  readonly down = (path: string): BackendPath => {
    const below = joinPath(this.#base, path);
    if (!isTooLong(below)) return below;
    throw backendError(
      'INVALID_PATH',
      `${JSON.stringify(`${path.slice(0, 100)}…`)} is too long for a part of a vault: in the whole it would have more than ${MAX_PATH_BYTES} bytes`,
      { path },
    );
  };

  readonly up = (path: string): BackendPath =>
    (this.#base === ROOT ? path : path.slice(this.#base.length + 1)) as BackendPath;

  readonly lift = (info: FileInfo): FileInfo => info.with({ path: this.up(info.path) });

  /** Throws an error with its path as the part names it. */
  readonly fail = (error: unknown): never => {
    const isInside =
      isFileBackendError(error) && error.path !== undefined && isWithin(error.path, this.#base);
    throw isInside ? withPath(error, this.up(error.path!)) : error;
  };

  /** The path in the whole vault, once it is sure that no symlink on it leads out of the part. @throws `PATH_OUTSIDE_ROOT` */
  async enter(path: BackendPath, options: DriverOptions): Promise<BackendPath> {
    if (this.#inner.capabilities.symlinks) await this.resolve(path, options);
    return this.down(path);
  }

  /** `enter` for what is done to a symlink itself. */
  async enterParent(path: BackendPath, options: DriverOptions): Promise<BackendPath> {
    if (this.#inner.capabilities.symlinks) await this.resolve(parentPath(path), options);
    return this.down(path);
  }

  /** The path in the whole vault, symlinks followed. @throws `PATH_OUTSIDE_ROOT` */
  async resolve(path: BackendPath, options: DriverOptions): Promise<BackendPath> {
    const base = await realPathOf(this.#inner, this.#base, options).catch(this.fail);
    const real = await realPathOf(this.#inner, this.down(path), options).catch(this.fail);
    if (isWithin(real, base)) return this.down(this.#relative(real, base));
    throw backendError(
      'PATH_OUTSIDE_ROOT',
      `${JSON.stringify(path)} leads out of the vault by a symlink; stay below its root`,
      { path },
    );
  }

  #relative(path: BackendPath, base: BackendPath): string {
    return base === ROOT ? path : path.slice(base.length + 1);
  }

  many(): Pick<BackendDriver, 'statMany' | 'writeMany' | 'removeMany'> {
    const inner = this.#inner;
    const lower = <T extends { readonly path: BackendPath }>(file: T): T => ({
      ...file,
      path: this.down(file.path),
    });
    return {
      statMany: async (paths, options) => {
        const infos = await statMany(inner, paths.map(this.down), options).catch(this.fail);
        return infos.map((info) => info && this.lift(info));
      },
      ...(inner.writeMany && {
        writeMany: async (files, options) =>
          (await inner.writeMany!(files.map(lower), options).catch(this.fail)).map((result) =>
            this.#settled(result, this.lift),
          ),
      }),
      ...(inner.removeMany && {
        removeMany: async (files, options) =>
          (await inner.removeMany!(files.map(lower), options).catch(this.fail)).map((result) =>
            this.#settled(result, () => undefined),
          ),
      }),
    };
  }

  #settled<T>(result: PromiseSettledResult<T>, lift: (value: T) => T): PromiseSettledResult<T> {
    if (result.status === 'fulfilled') return { status: 'fulfilled', value: lift(result.value) };
    const { reason } = result;
    const isInside =
      isFileBackendError(reason) && reason.path !== undefined && isWithin(reason.path, this.#base);
    return isInside ? { status: 'rejected', reason: withPath(reason, this.up(reason.path!)) } : result;
  }

  filterDown(filter: SearchFilter): SearchFilter {
    if ('filters' in filter)
      return { ...filter, filters: filter.filters.map((part) => this.filterDown(part)) };
    const isPath = (filter.key === 'path' || filter.key === 'directory') && typeof filter.value === 'string';
    return isPath ? { ...filter, value: this.down(filter.value as string) } : filter;
  }

  /** Changes as the part names them. Where changes above the part were missed, the part may have missed all of its own. */
  changesUp(changes: readonly VaultChange[]): VaultChange[] {
    return changes.flatMap((change) => {
      if (isWithin(change.path, this.#base)) return [{ ...change, path: this.up(change.path) }];
      const hasMissed = change.kind === 'overflow' && isWithin(this.#base, change.path);
      return hasMissed ? [{ ...change, path: ROOT }] : [];
    });
  }
}

/** Passes items on, and throws what ends them as `fail` makes it. */
async function* failing<T>(
  items: AsyncIterable<T>,
  fail: (error: unknown) => never,
): AsyncGenerator<T, void, void> {
  try {
    yield* items;
  } catch (error) {
    fail(error);
  }
}
