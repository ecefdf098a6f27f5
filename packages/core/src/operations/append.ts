import { type ByteSource, chunksOf } from '../contents/content.ts';
import type { BackendDriver } from '../driver/driver.ts';
import { stateOf } from '../driver/driver-state.ts';
import type { AppendOptions, WriteOptions } from '../driver/options.ts';
import { isFileBackendError } from '../errors.ts';
import type { FileInfo } from '../file-info.ts';
import type { BackendPath } from '../paths/path.ts';
import { GuardedSource } from '../streams/guarded-source.ts';
import { busyIfChanged, passOn, somebodyWrote, versionGuard } from './guards.ts';

/** Most times that a file may come and go while `create` makes an append try again. */
const TRIES = 10;

/**
 * Adds to a file. Where the backend cannot do it by itself, the old bytes and the new ones become the next version; if somebody else
 * wrote in between, `BUSY`: a source can be read only once.
 */
export async function appendFile(
  driver: BackendDriver,
  path: BackendPath,
  source: ByteSource,
  options: AppendOptions,
): Promise<FileInfo> {
  if (driver.append !== undefined) return await driver.append(path, source, options);
  const { appendLocks } = stateOf(driver).root;
  return await appendLocks.run(path, () => appendByRewriting(driver, path, source, options), options.signal);
}

async function appendByRewriting(
  driver: BackendDriver,
  path: BackendPath,
  source: ByteSource,
  options: AppendOptions,
): Promise<FileInfo> {
  const rest = passOn(options);
  const before = await driver.stat(path, rest);
  async function* joined(): AsyncIterable<Uint8Array> {
    yield* driver.read(path, rest);
    yield* chunksOf(source);
  }
  const write = (ifMatch: string | undefined): Promise<FileInfo> =>
    driver.write(path, joined(), { ...rest, ifMatch, ifExists: 'replace', ifMissing: 'fail' });
  if (options.ifMatch !== undefined) return await write(options.ifMatch);
  return await busyIfChanged(path, () => write(versionGuard(driver, path, before)));
}

/** Adds to a file, or makes it where there is none, whoever else makes or removes it meanwhile. */
export async function appendOrCreate(
  driver: BackendDriver,
  path: BackendPath,
  source: ByteSource,
  options: Pick<WriteOptions, 'signal' | 'session' | 'permissions'>,
): Promise<FileInfo> {
  // A source can be read only once, so that it must be known before whether there is a file.
  let isThere = source instanceof Uint8Array || (await driver.stat(path, passOn(options))) !== undefined;
  for (let tries = 0; tries < TRIES; tries++) {
    try {
      if (isThere) return await appendFile(driver, path, source, passOn(options));
      return await driver.write(path, source, { ...options, ifExists: 'fail', ifMissing: 'create' });
    } catch (error) {
      if (!isFileBackendError(error, isThere ? 'NOT_FOUND' : 'ALREADY_EXISTS')) throw error;
      if (source instanceof GuardedSource && source.isRead) throw somebodyWrote(path);
      isThere = !isThere;
    }
  }
  throw somebodyWrote(path);
}
