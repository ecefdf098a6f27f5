import type { FileVersion } from '@f9/core';
import {
  type BackendPath,
  type ByteSource,
  backendError,
  chunksOf,
  isDirectory,
  notFound,
  type ReadRange,
} from '@f9/core/driver';
import { GITLINK, listTree } from '../clone/trees.ts';
import { GitExit } from '../errors.ts';
import { BlobReader } from '../process/blob-reader.ts';
import type { GitProcess, GitRunOptions } from '../process/git-process.ts';

/** Versions whose sizes are asked for at a time. */
const PAGE = 100;

/** Options of `versionsOf`. */
interface VersionsOptions extends GitRunOptions {
  readonly limit?: number | undefined;
  readonly followRenames: boolean;
}

/** The versions of a file in the commits up to `head`, newest first. */
export async function* versionsOf(
  git: GitProcess,
  head: string,
  path: BackendPath,
  { limit, followRenames, ...options }: VersionsOptions,
): AsyncGenerator<FileVersion, void, void> {
  const args = [
    'log',
    `--format=${FORMAT}`,
    '--raw',
    '-z',
    '--no-abbrev',
    // A merge counts as the changes that it made to the vault it was made in.
    '--diff-merges=first-parent',
    ...(followRenames ? ['--follow', '-M'] : ['--no-renames']),
    ...(limit === undefined ? [] : [`--max-count=${limit}`]),
    head,
    '--',
    path,
  ];
  const logged = parseVersions(
    (await git.run(args, { ...options, environment: { GIT_FLUSH: '0' } })).toString(),
    path,
  );
  for (let start = 0; start < logged.length; start += PAGE) {
    const page = logged.slice(start, start + PAGE);
    const sizes = await sizesOf(git, page, options);
    for (const { oid, ...version } of page)
      yield { ...version, size: oid === undefined ? undefined : sizes.get(oid) };
  }
}

/**
 * The bytes of a file in a commit, which is named by seven of its first digits or more. @throws `NOT_FOUND`, `IS_DIRECTORY`,
 * `INVALID_ARGUMENT` for a name of no commit
 */
export async function* readVersion(
  git: GitProcess,
  path: BackendPath,
  version: string,
  { offset = 0, length = Number.POSITIVE_INFINITY }: ReadRange,
  options: GitRunOptions,
): AsyncGenerator<Uint8Array, void, void> {
  const oid = await blobAt(git, path, version, options);
  await using blobs = new BlobReader(git, [oid]);
  yield* rangeOf(await blobs.read(oid), offset, length);
}

async function blobAt(
  git: GitProcess,
  path: BackendPath,
  version: string,
  options: GitRunOptions,
): Promise<string> {
  if (!/^[0-9a-f]{7,40}$/.test(version)) {
    throw backendError(
      'INVALID_ARGUMENT',
      `${JSON.stringify(version)} is no version of this vault; history() names those that are`,
    );
  }
  const entries = await entriesAt(git, path, await wholeVersion(git, path, version, options), options);
  const entry = entries.find((candidate) => candidate.path === path);
  if (entry === undefined && entries.length > 0) throw isDirectory(path, 'be read');
  if (entry === undefined || entry.mode === GITLINK) throw notFound(path);
  return entry.oid;
}

/** The only commit that begins with these digits. @throws `NOT_FOUND` */
async function wholeVersion(
  git: GitProcess,
  path: BackendPath,
  version: string,
  options: GitRunOptions,
): Promise<string> {
  if (version.length === 40) return version;
  const commit = await git.textIfAny(['rev-parse', '--verify', '--quiet', `${version}^{commit}`], options);
  // A branch may have a name that looks the same.
  if (commit?.startsWith(version) !== true) throw versionMissing(path, version);
  return commit;
}

async function entriesAt(git: GitProcess, path: BackendPath, version: string, options: GitRunOptions) {
  try {
    return await listTree(git, version, path, options);
  } catch (error) {
    if (!(error instanceof GitExit)) throw error;
    throw versionMissing(path, version);
  }
}

function versionMissing(path: BackendPath, version: string): Error {
  return backendError(
    'NOT_FOUND',
    `This vault has no version ${version}; history() names those that there are`,
    { path },
  );
}

async function* rangeOf(
  source: ByteSource,
  offset: number,
  length: number,
): AsyncGenerator<Uint8Array, void, void> {
  let position = 0;
  for await (const chunk of chunksOf(source)) {
    const from = Math.max(0, offset - position);
    const part = chunk.subarray(from, Math.max(from, offset + length - position));
    position += chunk.length;
    if (part.length > 0) yield part;
    if (position >= offset + length) return;
  }
}

interface LoggedVersion extends Omit<FileVersion, 'size'> {
  readonly oid: string | undefined;
}

// Four fields of a commit come first; the change of the file follows.
const FORMAT = 'commit %H%x00%ct%x00%an <%ae>%x00%B%x00';

const COMMIT = /^\n?commit ([0-9a-f]{40})$/;
const CHANGE = /^\n?:\d+ \d+ [0-9a-f]+ ([0-9a-f]+) (\w)/;

function parseVersions(output: string, path: string): LoggedVersion[] {
  const versions: LoggedVersion[] = [];
  const fields = output.split('\0');
  let commit: Pick<FileVersion, 'version' | 'at' | 'author' | 'message'> | undefined;
  for (let index = 0; index < fields.length; index++) {
    const version = COMMIT.exec(fields[index]!)?.[1];
    if (version !== undefined) {
      const [seconds, author, message] = fields.slice(index + 1);
      index += 3;
      commit = { version, at: new Date(Number(seconds) * 1000), author, message: message?.trimEnd() };
    }
    const [, oid, status] = CHANGE.exec(fields[index]!) ?? [];
    if (commit === undefined || status === undefined) continue;
    // A rename names two paths, the new one last.
    index += status === 'R' || status === 'C' ? 2 : 1;
    const deleted = status === 'D';
    versions.push({ ...commit, deleted, path: fields[index] ?? path, oid: deleted ? undefined : oid });
  }
  return versions;
}

async function sizesOf(
  git: GitProcess,
  versions: readonly LoggedVersion[],
  options: GitRunOptions,
): Promise<Map<string, number>> {
  const oids = versions.flatMap(({ oid }) => oid ?? []);
  if (oids.length === 0) return new Map();
  const output = await git.text(['cat-file', '--batch-check=%(objectname) %(objectsize)'], {
    ...options,
    input: oids.join('\n'),
  });
  return new Map(output.split('\n').map((line) => [line.slice(0, 40), Number(line.slice(41))]));
}
