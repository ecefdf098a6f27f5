import { Buffer } from 'node:buffer';
import type { BackendDriver } from '../driver/driver.ts';
import type { DriverOptions, TransferTreeOptions, WriteOptions } from '../driver/options.ts';
import { notFound, preconditionFailed } from '../driver/path-errors.ts';
import { isDirectoryKept } from '../driver/preconditions.ts';
import { backendError, isFileBackendError } from '../errors.ts';
import { FileInfo } from '../file-info.ts';
import { assertNotTooLong, type BackendPath, isWithin, joinPath, parentPath } from '../paths/path.ts';
import { CONCURRENCY, settleEach, statMany, throwFirst } from './bulk.ts';
import { busyIfChanged, capabilitiesAt, passOn, versionGuard } from './guards.ts';
import { removeDirectories } from './remove-tree.ts';

/** Request to copy or move a file or a directory. */
export interface TransferRequest extends DriverOptions {
  readonly overwrite: boolean;
  readonly ifMatch?: string | undefined;
}

/** Copies a file, or a directory file by file; with `overwrite`, the same call again completes a copy that was interrupted. */
export async function copyTree(
  driver: BackendDriver,
  from: BackendPath,
  to: BackendPath,
  request: TransferRequest,
): Promise<FileInfo> {
  assertApart(from, to);
  const source = await driver.stat(from, passOn(request));
  if (source === undefined) throw notFound(from);
  if (!source.isDir) return await copyFile(driver, from, to, writeOptions(request));
  if (driver.copyTree !== undefined) return await driver.copyTree(from, to, treeOptions(to, request));
  const entries = await listTree(driver, from, request);
  await assertNoDirectoryLinks(driver, entries, request);
  return await transferDirectory(driver, from, to, entries, request, copyFile);
}

/** Moves a file, or a directory file by file: every file is at its source until it is whole at its target. */
export async function moveTree(
  driver: BackendDriver,
  from: BackendPath,
  to: BackendPath,
  request: TransferRequest,
): Promise<FileInfo> {
  assertApart(from, to);
  if (!(await isRealDirectory(driver, from, request))) {
    return await moveFile(driver, from, to, writeOptions(request));
  }
  if (driver.moveTree !== undefined) return await driver.moveTree(from, to, treeOptions(to, request));
  return await moveTreeByFiles(driver, from, to, request);
}

/** Moves a directory file by file. */
export async function moveTreeByFiles(
  driver: BackendDriver,
  from: BackendPath,
  to: BackendPath,
  request: TransferRequest,
): Promise<FileInfo> {
  const entries = await listTree(driver, from, request);
  const made = await transferDirectory(driver, from, to, entries, request, moveFile);
  const inside = entries.filter((entry) => entry.isDir).map((entry) => entry.path as BackendPath);
  await removeDirectories(driver, [from, ...inside], passOn(request));
  return made;
}

/** Refuses symlinks to directories, which are not followed, before anything is copied. A symlink to a file is copied as that file. */
async function assertNoDirectoryLinks(
  driver: BackendDriver,
  entries: readonly FileInfo[],
  request: TransferRequest,
): Promise<void> {
  const links = entries
    .filter(({ fileType }) => fileType === 'symlink')
    .map(({ path }) => path as BackendPath);
  const targets = await statMany(driver, links, passOn(request));
  for (const [at, path] of links.entries()) {
    if (targets[at] === undefined) throw notFound(path);
    if (!targets[at].isDir) continue;
    throw backendError(
      'UNSUPPORTED',
      `${JSON.stringify(path)} is a symlink to a directory, which a copy does not follow; copy the directories beside it one by one`,
      { path },
    );
  }
}

type FileTransfer = (
  driver: BackendDriver,
  from: BackendPath,
  to: BackendPath,
  options: WriteOptions,
) => Promise<FileInfo>;

async function transferDirectory(
  driver: BackendDriver,
  from: BackendPath,
  to: BackendPath,
  entries: readonly FileInfo[],
  request: TransferRequest,
  transferFile: FileTransfer,
): Promise<FileInfo> {
  treeOptions(to, request);
  const options = passOn(request);
  const targetOf = (entry: FileInfo): BackendPath => joinPath(to, entry.path.slice(from.length + 1));
  // Checked before anything is at its target, since a path that cannot be named there could not come back either. The driver is asked
  // too: below a layer, paths are longer.
  const targets = entries.map((entry) => assertNotTooLong(targetOf(entry)));
  if (targets.length > 0) await driver.stat(longest(targets), options);
  const made = await makeTarget(driver, to, request);
  if (capabilitiesAt(driver, to).emptyDirectories) {
    for (const entry of entries) {
      if (entry.isDir) await driver.makeDirectory(targetOf(entry), { ...options, ifExists: 'keep' });
    }
  }
  const files = entries.filter((entry) => !entry.isDir);
  const results = await settleEach(files, request, CONCURRENCY, (file) =>
    transferFile(driver, file.path as BackendPath, targetOf(file), writeOptions(request)),
  );
  // A file that cannot go hinders no other.
  throwFirst(results);
  return made;
}

function longest(paths: readonly BackendPath[]): BackendPath {
  const length = (path: string): number => Buffer.byteLength(path);
  return paths.reduce((most, path) => (length(path) > length(most) ? path : most));
}

/** Makes the directory to transfer into. Where directories are only what their files imply, checks that files can make it. */
async function makeTarget(
  driver: BackendDriver,
  to: BackendPath,
  request: TransferRequest,
): Promise<FileInfo> {
  const ifExists = request.overwrite ? 'keep' : 'fail';
  if (capabilitiesAt(driver, to).emptyDirectories) {
    return await driver.makeDirectory(to, { ...passOn(request), ifExists });
  }
  const current = await driver.stat(to, passOn(request));
  return isDirectoryKept(to, current, { ifExists })
    ? current!
    : new FileInfo({ path: to, fileType: 'directory' });
}

function assertApart(from: BackendPath, to: BackendPath): void {
  if (isWithin(to, from)) {
    throw backendError(
      'INVALID_ARGUMENT',
      `${JSON.stringify(from)} cannot go into itself, to ${JSON.stringify(to)}`,
    );
  }
}

/** All that lies below a directory, known before any of it moves. */
async function listTree(
  driver: BackendDriver,
  directory: BackendPath,
  options: DriverOptions,
): Promise<FileInfo[]> {
  const entries: FileInfo[] = [];
  for await (const batch of driver.list(directory, { ...passOn(options), recursive: true }))
    entries.push(...batch);
  return entries;
}

/** False for a symlink to a directory, which `stat` follows: only a listing of its parent shows it. */
async function isRealDirectory(
  driver: BackendDriver,
  path: BackendPath,
  options: DriverOptions,
): Promise<boolean> {
  try {
    if ((await driver.stat(path, passOn(options)))?.isDir !== true) return false;
  } catch (error) {
    if (isFileBackendError(error, 'PATH_OUTSIDE_ROOT')) return false;
    throw error;
  }
  if (!driver.capabilities.symlinks) return true;
  for await (const batch of driver.list(parentPath(path), { ...passOn(options), recursive: false })) {
    const entry = batch.find((candidate) => candidate.path === path);
    if (entry !== undefined) return entry.isDir;
  }
  return false;
}

async function copyFile(
  driver: BackendDriver,
  from: BackendPath,
  to: BackendPath,
  options: WriteOptions,
): Promise<FileInfo> {
  if (driver.copy !== undefined) return await driver.copy(from, to, options);
  return await driver.write(to, driver.read(from, passOn(options)), options);
}

async function moveFile(
  driver: BackendDriver,
  from: BackendPath,
  to: BackendPath,
  options: WriteOptions,
): Promise<FileInfo> {
  return await (driver.move?.(from, to, options) ?? moveByCopying(driver, from, to, options));
}

/** Moves one file as it is done where a driver cannot by itself: it is at its source until it is whole at its target. */
export async function moveByCopying(
  driver: BackendDriver,
  from: BackendPath,
  to: BackendPath,
  options: WriteOptions,
): Promise<FileInfo> {
  const source = await driver.stat(from, passOn(options));
  if (source === undefined) throw notFound(from);
  const moved = await copyFile(driver, from, to, options);
  // A file that changed since it was copied stays: removing it would lose the change.
  const ifMatch = versionGuard(driver, from, source);
  await busyIfChanged(from, () => driver.remove(from, { ...passOn(options), ifMatch }));
  return moved;
}

function writeOptions(request: TransferRequest): WriteOptions {
  const { overwrite, ifMatch } = request;
  return { ...passOn(request), ifExists: overwrite ? 'replace' : 'fail', ifMissing: 'create', ifMatch };
}

/** @throws `PRECONDITION_FAILED`, since no directory has the etag that a condition names */
function treeOptions(to: BackendPath, request: TransferRequest): TransferTreeOptions {
  if (request.ifMatch !== undefined) throw preconditionFailed(to);
  return { ...passOn(request), ifExists: request.overwrite ? 'merge' : 'fail' };
}
