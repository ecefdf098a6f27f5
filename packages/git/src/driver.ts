import { FileInfo } from '@f9/core';
import {
  type BackendDriver,
  type BackendPath,
  backendError,
  bytesOf,
  type DriverOptions,
  isDirectoryKept,
  layer,
  type MakeDirectoryOptions,
  notDirectory,
  openDriver,
  parentPath,
  ROOT,
} from '@f9/core/driver';
import type { LocalDriver } from '@f9/local';
import type { Repository } from './repository/repository.ts';
import { removeEmptyParents } from './worktree/checkout.ts';
import { isVaultPath } from './worktree/vault-path.ts';

/** A folder that is kept in step with a remote: reads make sure that they are recent, writes are noted for the next commit. */
export function gitDriver(files: LocalDriver, repository: Repository): BackendDriver {
  /** Makes sure that a path may be asked about, and is recent enough. */
  const fresh = async (path: BackendPath, options: DriverOptions): Promise<void> => {
    assertAddressable(path);
    await repository.freshen(options);
  };
  /** Runs a change of `paths`, of which `filled` get other content. */
  const changing = async <T>(
    paths: readonly BackendPath[],
    filled: readonly BackendPath[],
    options: DriverOptions,
    body: () => Promise<T>,
  ): Promise<T> => {
    for (const path of paths) assertAddressable(path);
    return await repository.write(paths, filled, options, body);
  };

  return layer(files, {
    name: 'git',
    // git keeps only files; a directory exists as long as some are in it.
    capabilities: { ...files.capabilities, emptyDirectories: false, versions: true, changes: true },
    open: ({ signal }) => repository.open(() => openDriver(files, signal), signal),
    stat: async (path, options) => {
      await fresh(path, options);
      const info = await files.stat(path, options);
      // Dates cost a pass over the history, so that a look whether a file exists leaves them out.
      return options.everything === true && info !== undefined
        ? await repository.withDates(info, options)
        : info;
    },
    statMany: async (paths, options) => {
      for (const path of paths) assertAddressable(path);
      await repository.freshen(options);
      return await files.statMany(paths, options);
    },
    async *read(path, options) {
      await fresh(path, options);
      yield* options.version === undefined
        ? files.read(path, options)
        : repository.readVersion(path, options.version, options);
    },
    readFile: async (path, options) => {
      await fresh(path, options);
      return options.version === undefined
        ? await files.readFile(path, options)
        : await bytesOf(repository.readVersion(path, options.version, options));
    },
    async *history(path, options) {
      await fresh(path, options);
      yield* repository.history(path, options);
    },
    changesSince: (cursor, options) => repository.changesSince(cursor, options),
    async *list(path, options) {
      await fresh(path, options);
      yield* files.list(path, options);
    },
    glob: async (pattern, options) => {
      await repository.freshen(options);
      return await files.glob(pattern, options);
    },
    checksum: async (path, algorithm, options) => {
      await fresh(path, options);
      return await files.checksum(path, algorithm, options);
    },
    checksumMany: async (paths, algorithm, options) => {
      for (const path of paths) assertAddressable(path);
      await repository.freshen(options);
      return await files.checksumMany(paths, algorithm, options);
    },
    write: (path, source, options) =>
      changing([path], [path], options, () => files.write(path, source, options)),
    append: (path, source, options) =>
      changing([path], [path], options, () => files.append(path, source, options)),
    copy: async (from, to, options) => {
      assertAddressable(from);
      return await changing([to], [to], options, () => files.copy(from, to, options));
    },
    move: (from, to, options) =>
      changing([from, to], [to], options, async () => {
        const moved = await files.move(from, to, options);
        await removeEmptyParents(files, from);
        return moved;
      }),
    remove: (path, options) =>
      changing([path], [], options, async () => {
        await files.remove(path, options);
        await removeEmptyParents(files, path);
      }),
    removeTree: (path, options) =>
      changing([path], [], options, async () => {
        await files.removeTree(path, options);
        await removeEmptyParents(files, path);
      }),
    makeDirectory: async (path, options) => {
      assertAddressable(path);
      return await imagineDirectory(files, path, options);
    },
    acquireSession: (options) => repository.acquireSession(options),
    sync: {
      pull: (options) => repository.pull(options),
      push: (options) => repository.push(options),
      conflicts: (options) => repository.conflicts(options),
      resolve: (path, resolution, options) => repository.resolve(path, resolution, options),
    },
    // Derived from the members above, which note what is to be published.
    globInfo: undefined,
    writeMany: undefined,
    removeMany: undefined,
    moveTree: undefined,
    copyTree: undefined,
    [Symbol.asyncDispose]: async () => {
      await repository.close();
      await files[Symbol.asyncDispose]();
    },
  });
}

/** The directory that its first file will make. */
async function imagineDirectory(
  files: LocalDriver,
  path: BackendPath,
  options: MakeDirectoryOptions,
): Promise<FileInfo> {
  const current = await files.stat(path, options);
  if (isDirectoryKept(path, current, options)) return current!;
  for (let parent = parentPath(path); parent !== ROOT; parent = parentPath(parent)) {
    const info = await files.stat(parent, options);
    if (info?.isDir === false) throw notDirectory(parent);
    if (info !== undefined) break;
  }
  return new FileInfo({ path, fileType: 'directory' });
}

/** @throws `INVALID_PATH` for a path that could not be published */
function assertAddressable(path: BackendPath): void {
  if (path === ROOT || isVaultPath(path)) return;
  throw backendError(
    'INVALID_PATH',
    `${JSON.stringify(path)} cannot be a path: what is called .git, in whatever spelling, belongs to git, and U+FFFD stands for what is no text`,
    { path },
  );
}
