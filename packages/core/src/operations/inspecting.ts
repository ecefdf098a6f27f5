import type { InfoOptions } from '../backend.ts';
import { bytesOf } from '../contents/content.ts';
import { detectEncoding } from '../contents/text.ts';
import type { BackendDriver } from '../driver/driver.ts';
import type { DriverOptions } from '../driver/options.ts';
import { notFound } from '../driver/path-errors.ts';
import type { FileInfo } from '../file-info.ts';
import type { BackendPath } from '../paths/path.ts';
import { checksumFile } from './checksums.ts';
import { somebodyWrote } from './guards.ts';

/** Bytes that tell the encoding of a file. */
const ENCODING_SAMPLE = 64 * 1024;

/** Times that a file may change while it is looked at. */
const TRIES = 10;

/**
 * Information on a file with what its bytes tell, all of one version of it.
 *
 * @param info as it was just looked at
 * @throws `BUSY` where somebody writes it again and again
 */
export async function inspectFile(
  driver: BackendDriver,
  path: BackendPath,
  info: FileInfo,
  asked: Pick<InfoOptions, 'checksum' | 'detectEncoding'>,
  call: DriverOptions,
): Promise<FileInfo> {
  let seen = info;
  for (let tries = 0; tries < TRIES; tries++) {
    const found = seen.with({
      checksum: asked.checksum && (await checksumFile(driver, path, asked.checksum, call)),
      encoding: asked.detectEncoding === true ? await encodingOf(driver, path, call) : seen.encoding,
    });
    if (isSameVersion(seen, await driver.stat(path, call))) return found;
    const now = await driver.stat(path, { ...call, everything: true });
    if (now === undefined) throw notFound(path);
    seen = now;
  }
  throw somebodyWrote(path);
}

function isSameVersion(before: FileInfo, after: FileInfo | undefined): boolean {
  if (before.etag !== undefined) return before.etag === after?.etag;
  return before.size === after?.size && before.modifiedAt?.getTime() === after?.modifiedAt?.getTime();
}

async function encodingOf(driver: BackendDriver, path: BackendPath, call: DriverOptions): Promise<string> {
  const range = { ...call, offset: 0, length: ENCODING_SAMPLE };
  return detectEncoding(await (driver.readFile?.(path, range) ?? bytesOf(driver.read(path, range))));
}
