import type { FileBackend } from '../backend.ts';
import { createHasher } from '../contents/checksum.ts';
import type { FileToWrite } from '../driver/options.ts';
import { isFileBackendError } from '../errors.ts';
import type { FileInfo } from '../file-info.ts';
import { settleEach } from '../operations/bulk.ts';
import { createMany } from '../operations/many.ts';
import type { Operations } from '../operations/operations.ts';
import type { BackendPath } from '../paths/path.ts';
import { type CompareOptions, sumsOrFailure } from './compare.ts';
import { type CopyRequest, otherBytes, whyNotWritten } from './copy-file.ts';
import type { ProgressCounter } from './progress.ts';

/** A file that was read and is to be written. */
interface ReadFile extends FileToWrite {
  readonly sum: string;
}

/**
 * Copies files that are read whole, in one call of the target, and makes sure that it holds what was read. Each has an outcome of its
 * own, in the order of the requests.
 *
 * @param onto the operations of the target
 * @throws `signal.reason`
 */
export async function copyManyVerified(
  source: FileBackend,
  target: FileBackend,
  onto: Operations,
  requests: readonly CopyRequest[],
  progress: ProgressCounter,
  options: CompareOptions,
): Promise<readonly PromiseSettledResult<FileInfo>[]> {
  const { concurrency, ...operation } = options;
  const read = await settleEach(requests, options, concurrency, async (request): Promise<ReadFile> => {
    const data = await source.read(request.file.path, operation);
    progress.copied(data.length);
    const hasher = await createHasher('sha256');
    hasher.update(data);
    return { ...conditions(request), source: data, sum: hasher.digest() };
  });
  const files = read.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  const written = await createMany(onto, files, operation);
  const results = await verified(target, files, written, options);
  let at = 0;
  return read.map((result) => (result.status === 'fulfilled' ? results[at++]! : result));
}

function conditions({
  file,
  to = file.path,
  overwrite,
  ifMatch,
  permissions,
}: CopyRequest): Omit<FileToWrite, 'source'> {
  const ifExists = overwrite ? 'replace' : 'fail';
  return { path: to as BackendPath, ifExists, ifMissing: 'create', ifMatch, permissions };
}

/** The results once verified, by asking the target where its answer did not hold the checksum. */
async function verified(
  target: FileBackend,
  files: readonly ReadFile[],
  results: readonly PromiseSettledResult<FileInfo>[],
  options: CompareOptions,
): Promise<readonly PromiseSettledResult<FileInfo>[]> {
  const isUnsaid = (result: PromiseSettledResult<FileInfo>): boolean =>
    result.status === 'fulfilled' && result.value.checksum === undefined;
  const unsaid = files.filter((_, at) => isUnsaid(results[at]!)).map(({ path }) => path);
  const held = unsaid.length === 0 ? undefined : await sumsOrFailure(target, unsaid, options);
  return results.map((result, at) => {
    const { path, sum } = files[at]!;
    if (result.status === 'rejected') return rejected(whyNotWritten(result.reason, path));
    if (isFileBackendError(held)) return isUnsaid(result) ? rejected(held) : result;
    const failure = held?.failed.get(path);
    if (failure !== undefined) return rejected(failure);
    return sum === (result.value.checksum ?? held?.found.get(path)) ? result : rejected(otherBytes(path));
  });
}

function rejected(reason: unknown): PromiseRejectedResult {
  return { status: 'rejected', reason };
}
