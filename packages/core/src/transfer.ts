import { chunksOf } from './content.ts';
import type { BackendDriver, DriverOptions, WriteOptions } from './driver.ts';
import { backendError } from './errors.ts';
import type { FileInfo } from './file-info.ts';
import { type BackendPath, isWithin, joinPath } from './path.ts';

export interface TransferRequest extends DriverOptions {
  readonly overwrite: boolean;
  readonly ifMatch?: string;
}

/** Copies a file, or a directory file by file; what an interrupted copy left is done by running it again with `overwrite`. */
export async function copyTree(
  driver: BackendDriver,
  from: BackendPath,
  to: BackendPath,
  request: TransferRequest,
): Promise<FileInfo> {
  return await transfer(driver, from, to, request, copyFile);
}

/** Moves a file, or a directory file by file: every file is at its source until it is whole at its target. */
export async function moveTree(
  driver: BackendDriver,
  from: BackendPath,
  to: BackendPath,
  request: TransferRequest,
): Promise<FileInfo> {
  return await transfer(driver, from, to, request, moveFile, async (directory) => {
    await driver.remove(directory, passOn(request));
  });
}

type FileTransfer = (
  driver: BackendDriver,
  from: BackendPath,
  to: BackendPath,
  options: WriteOptions,
) => Promise<FileInfo>;

async function transfer(
  driver: BackendDriver,
  from: BackendPath,
  to: BackendPath,
  request: TransferRequest,
  transferFile: FileTransfer,
  emptied?: (directory: BackendPath) => Promise<void>,
): Promise<FileInfo> {
  if (isWithin(to, from)) {
    throw backendError(
      'INVALID_ARGUMENT',
      `${JSON.stringify(from)} cannot go into itself, to ${JSON.stringify(to)}`,
    );
  }
  const options = passOn(request);
  const source = await driver.stat(from, options);
  // A symlink that leads nowhere is only seen by who lists its directory; it can be moved, not read.
  if (source === undefined || !source.isDir)
    return await transferFile(driver, from, to, writeOptions(request));

  const made = await driver.makeDirectory(to, { ...options, ifExists: request.overwrite ? 'keep' : 'fail' });
  const directories: BackendPath[] = [];
  for await (const batch of driver.list(from, { ...options, recursive: true })) {
    for (const entry of batch) {
      const target = joinPath(to, entry.path.slice(from.length + 1));
      if (entry.isDir) {
        await driver.makeDirectory(target, { ...options, ifExists: 'keep' });
        directories.push(entry.path as BackendPath);
      } else {
        await transferFile(
          driver,
          entry.path as BackendPath,
          target,
          writeOptions({ ...options, overwrite: request.overwrite }),
        );
      }
    }
  }
  if (emptied !== undefined)
    for (const directory of [...directories.reverse(), from]) await emptied(directory);
  return made;
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
  if (driver.move !== undefined) return await driver.move(from, to, options);
  const source = await driver.stat(from, passOn(options));
  const moved = await copyFile(driver, from, to, options);
  // What changed since it was copied stays: removing it would lose the change.
  const { etag } = source ?? {};
  const guard = etag !== undefined && driver.capabilities.ifMatch !== false ? { ifMatch: etag } : {};
  await driver.remove(from, { ...passOn(options), ...guard });
  return moved;
}

function writeOptions(request: TransferRequest): WriteOptions {
  return {
    ...passOn(request),
    ifExists: request.overwrite ? 'replace' : 'fail',
    ifMissing: 'create',
    ...(request.ifMatch === undefined ? {} : { ifMatch: request.ifMatch }),
  };
}

function passOn({ signal, session }: DriverOptions): DriverOptions {
  return { ...(signal === undefined ? {} : { signal }), ...(session === undefined ? {} : { session }) };
}

/**
 * Adds to a file on a backend that cannot: the old bytes and the new ones become the next version. If somebody else wrote in
 * between, `BUSY`: a source can be read only once.
 */
export async function appendByRewriting(
  driver: BackendDriver,
  path: BackendPath,
  source: Parameters<BackendDriver['write']>[1],
  options: DriverOptions & { readonly ifMatch?: string },
): Promise<FileInfo> {
  const before = await driver.stat(path, passOn(options));
  const ifMatch = options.ifMatch ?? (driver.capabilities.ifMatch === false ? undefined : before?.etag);
  async function* joined(): AsyncIterable<Uint8Array> {
    yield* driver.read(path, passOn(options));
    yield* chunksOf(source);
  }
  try {
    return await driver.write(path, joined(), {
      ...passOn(options),
      ifExists: 'replace',
      ifMissing: 'fail',
      ...(ifMatch === undefined ? {} : { ifMatch }),
    });
  } catch (error) {
    if (options.ifMatch === undefined && (error as { code?: unknown }).code === 'PRECONDITION_FAILED') {
      throw backendError(
        'BUSY',
        `${JSON.stringify(path)} was written by somebody else while it was appended to; try again`,
        { path },
      );
    }
    throw error;
  }
}
