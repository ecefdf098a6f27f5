import type { FileBackend } from '../backend.ts';
import type { BackendDriver } from '../driver/driver.ts';
import type { DriverOptions, ListOptions, RemoveOptions, TransferTreeOptions } from '../driver/options.ts';
import { directoryNotEmpty, notDirectory } from '../driver/path-errors.ts';
import { assertWritable, isDirectoryKept } from '../driver/preconditions.ts';
import { isFileBackendError } from '../errors.ts';
import { FileInfo } from '../file-info.ts';
import { settleAllowed, settleEach } from '../operations/bulk.ts';
import { driverOf } from '../operations/driver-of.ts';
import { globsOfLayer } from '../operations/globbing.ts';
import { removeTree } from '../operations/remove-tree.ts';
import { backendOf } from '../operations/sync-driver-backend.ts';
import { copyTree, moveTree } from '../operations/transfer.ts';
import {
  type BackendPath,
  compareTreeOrder,
  depthBelow,
  isWithin,
  joinPath,
  parentPath,
  ROOT,
} from '../paths/path.ts';
import { layer } from './layer.ts';

/** Directories that were made in this process, by vault. */
const remembered = new WeakMap<BackendDriver, Set<BackendPath>>();

/**
 * The same vault, in which directories can be made even where the backend keeps none without files in them: this process remembers
 * them until they are removed, and nobody else sees them. `capabilities.emptyDirectories` stays as it is.
 *
 * @throws `INVALID_ARGUMENT` for what is no backend
 */
export function rememberDirectories(backend: FileBackend): FileBackend {
  const driver = driverOf(backend, 'rememberDirectories');
  if (driver.capabilities.emptyDirectories) return backendOf(layer(driver, {}));
  const directories = remembered.get(driver) ?? new Set();
  remembered.set(driver, directories);
  return backendOf(rememberingDriver(driver, directories));
}

function rememberingDriver(inner: BackendDriver, directories: Set<BackendPath>): BackendDriver {
  /** Whether a directory was made here, or leads to one that was. */
  const isKnown = (path: BackendPath): boolean => below(path).next().done !== true;
  function* below(path: BackendPath): Generator<BackendPath, void, void> {
    for (const directory of directories) if (isWithin(directory, path)) yield directory;
  }
  /** Forgets a directory. Its parent stays, as it does where directories are kept. */
  const forget = (path: BackendPath): void => {
    if (!isKnown(path)) return;
    for (const directory of [...below(path)]) directories.delete(directory);
    if (parentPath(path) !== ROOT) directories.add(parentPath(path));
  };
  const stat = async (path: BackendPath, options: DriverOptions): Promise<FileInfo | undefined> =>
    (await inner.stat(path, options)) ?? (isKnown(path) ? directoryAt(path) : undefined);
  /** Refuses to put a file where a directory was made. */
  const assertNoDirectory = (path: BackendPath, conditions: Parameters<typeof assertWritable>[2]): void => {
    if (isKnown(path)) assertWritable(path, directoryAt(path), conditions);
  };
  const remove = async (path: BackendPath, options: RemoveOptions): Promise<void> => {
    if (isKnown(path) && (await inner.stat(path, options)) === undefined) {
      if ([...below(path)].some((directory) => directory !== path)) throw directoryNotEmpty(path);
      forget(path);
    } else {
      await inner.remove(path, options);
    }
  };
  const transferTree = async (
    transfer: typeof copyTree,
    from: BackendPath,
    to: BackendPath,
    options: TransferTreeOptions,
  ): Promise<FileInfo> => {
    const { ifExists, ...call } = options;
    const isInside = (await inner.stat(from, call)) !== undefined;
    if (!isInside || isKnown(to)) {
      isDirectoryKept(to, await stat(to, call), { ifExists: ifExists === 'merge' ? 'keep' : 'fail' });
    }
    const made = isInside
      ? await transfer(inner, from, to, { ...call, overwrite: ifExists === 'merge' })
      : directoryAt(to);
    for (const directory of [...below(from)]) directories.add(joinPath(to, directory.slice(from.length + 1)));
    return made;
  };

  const outer: BackendDriver = layer(inner, {
    stat,
    capabilitiesAt: (path) => ({
      ...(inner.capabilitiesAt?.(path) ?? inner.capabilities),
      emptyDirectories: true,
    }),
    makeDirectory: async (path, options) => {
      const current = await stat(path, options);
      if (isDirectoryKept(path, current, options)) return current!;
      for (let parent = parentPath(path); parent !== ROOT; parent = parentPath(parent)) {
        if ((await inner.stat(parent, options))?.isDir === false) throw notDirectory(parent);
      }
      directories.add(path);
      return directoryAt(path);
    },
    write: async (path, source, options) => {
      assertNoDirectory(path, options);
      return await inner.write(path, source, options);
    },
    copy:
      inner.copy &&
      (async (from, to, options) => {
        assertNoDirectory(to, options);
        return await inner.copy!(from, to, options);
      }),
    move:
      inner.move &&
      (async (from, to, options) => {
        assertNoDirectory(to, options);
        return await inner.move!(from, to, options);
      }),
    remove,
    async *list(path, options) {
      yield* merged(inner.list(path, options), [...below(path)], path, options);
    },
    removeTree: async (path, options) => {
      if ((await inner.stat(path, options)) !== undefined) await removeTree(inner, path, options);
      forget(path);
    },
    copyTree: (from, to, options) => transferTree(copyTree, from, to, options),
    moveTree: async (from, to, options) => {
      const moved = await transferTree(moveTree, from, to, options);
      forget(from);
      return moved;
    },
    statMany:
      inner.statMany &&
      (async (paths, options) => {
        const infos = await inner.statMany!(paths, options);
        return infos.map((info, at) => info ?? (isKnown(paths[at]!) ? directoryAt(paths[at]!) : undefined));
      }),
    writeMany:
      inner.writeMany &&
      ((files, options) =>
        settleAllowed(
          files,
          (file) => assertNoDirectory(file.path, file),
          (allowed) => inner.writeMany!(allowed, options),
        )),
    removeMany:
      inner.removeMany &&
      (async (files, options) => {
        if (!files.some(({ path }) => isKnown(path))) return await inner.removeMany!(files, options);
        // One after another, since a directory may be empty only once its entries are removed.
        return await settleEach(files, options, 1, ({ path, ifMatch }) =>
          remove(path, { ...options, ifMatch }),
        );
      }),
    ...globsOfLayer(inner, () => outer),
  });
  return outer;
}

/** Entries that the vault lists and directories that were made, in the order of the tree. */
async function* merged(
  batches: AsyncIterable<readonly FileInfo[]>,
  made: readonly BackendPath[],
  path: BackendPath,
  { recursive, maxDepth = Number.POSITIVE_INFINITY }: ListOptions,
): AsyncGenerator<readonly FileInfo[], void, void> {
  const depth = recursive ? maxDepth : 1;
  const rest = directoriesTo(made, path)
    .filter((directory) => depthBelow(path, directory) <= depth)
    .sort(compareTreeOrder);
  try {
    for await (const batch of batches) {
      const entries: FileInfo[] = [];
      for (const entry of batch) {
        while (rest.length > 0 && compareTreeOrder(rest[0]!, entry.path) < 0)
          entries.push(directoryAt(rest.shift()!));
        if (rest[0] === entry.path) rest.shift();
        entries.push(entry);
      }
      yield entries;
    }
  } catch (error) {
    if (made.length === 0 || !isFileBackendError(error, 'NOT_FOUND')) throw error;
  }
  yield rest.map(directoryAt);
}

/** The directories below `path` that were made, and those on the way to them. */
function directoriesTo(made: readonly BackendPath[], path: BackendPath): BackendPath[] {
  const all = new Set<BackendPath>();
  for (const directory of made) {
    for (let at = directory; at !== path && at !== ROOT; at = parentPath(at)) all.add(at);
  }
  return [...all];
}

function directoryAt(path: BackendPath): FileInfo {
  return new FileInfo({ path, fileType: 'directory' });
}
